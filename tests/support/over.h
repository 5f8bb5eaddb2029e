/* Cases of an operation that reduces axes: op_case cases[] = {OVER_CASES(low, high)}. */
#ifndef DL_TESTS_OVER_H
#define DL_TESTS_OVER_H
#include "support/op_check.h"

typedef struct over {
    int32_t n, axes[4], keep;
} over;

/* dl_OP over the axes of a case. */
#define OP_OVER(op)                                                                                \
    static dl_tensor *call_##op(dl_tensor *const *in, int32_t n, void *user)                       \
    {                                                                                              \
        const over *o = user;                                                                      \
        (void)n;                                                                                   \
        return dl_##op(in[0], o->axes, o->n, o->keep);                                             \
    }

#define OVER_CASES(low, high)                                                                      \
    CASE_WITH((&(over){0}), "all", IN_RANGE(low, high, 3, 4)),                                     \
        CASE_WITH((&(over){0, .keep = 1}), "all, kept", IN_RANGE(low, high, 3, 4)),                \
        CASE_WITH((&(over){1, {1}, 0}), "the last", IN_RANGE(low, high, 3, 4)),                    \
        CASE_WITH((&(over){1, {0}, 0}), "the first", IN_RANGE(low, high, 3, 4)),                   \
        CASE_WITH((&(over){1, {-2}, 1}), "the middle, kept", IN_RANGE(low, high, 2, 3, 4)),        \
        CASE_WITH((&(over){2, {0, 2}, 0}), "around the middle", IN_RANGE(low, high, 2, 3, 4)),     \
        CASE_WITH((&(over){2, {-1, 1}, 1}), "interleaved", IN_RANGE(low, high, 2, 3, 2, 2)),       \
        CASE_WITH((&(over){1, {1}, 0}), "to nothing", IN_RANGE(low, high, 0, 4)),                  \
        LARGE_CASE_WITH((&(over){2, {0, 2}, 0}), "many, interleaved",                              \
                        IN_RANGE(low, high, 40, 30, 50)),                                          \
        LARGE_CASE_WITH((&(over){1, {0}, 0}), "many rows", IN_RANGE(low, high, 3000, 20))
#endif
