/* What dl_logical_and and dl_logical_or are tested for, and dl_all and dl_any, which are the same
 * along axes. The whole test: its name, and what it gives for 0 0, for 0 1 and for 1 1.
 *
 *     LOGICAL_TEST(logical_or, 0, 1, 1)
 *     LOGICAL_OVER_TEST(any, 0, 1, 1, 0)  and for nothing
 */
#ifndef DL_TESTS_LOGICAL_CHECK_H
#define DL_TESTS_LOGICAL_CHECK_H
#include "support/over.h"

typedef struct logical_check {
    const char *name;
    int none, one, both; /* of two operands: neither is true, one is, both are */
    int nothing;         /* of no operands                                     */
    dl_tensor *(*two)(dl_tensor *a, dl_tensor *b);
    dl_tensor *(*over)(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims);
} logical_check;

/* The results are main's. */
int logical_main(const logical_check *check);
int logical_over_main(const logical_check *check);

#define LOGICAL_TEST(op, none, one, both)                                                          \
    int main(void)                                                                                 \
    {                                                                                              \
        return logical_main(&(logical_check){#op, none, one, both, .two = dl_##op});               \
    }
#define LOGICAL_OVER_TEST(op, none, one, both, nothing)                                            \
    int main(void)                                                                                 \
    {                                                                                              \
        return logical_over_main(                                                                  \
            &(logical_check){#op, none, one, both, nothing, .over = dl_##op});                     \
    }
#endif
