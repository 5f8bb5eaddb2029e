/* What the six comparisons are tested for, so that each test is its truth table:
 *
 *     COMPARE_TEST(le, .less = 1, .equal = 1)
 */
#ifndef DL_TESTS_COMPARE_CHECK_H
#define DL_TESTS_COMPARE_CHECK_H
#include "dl/ops.h"

typedef struct compare_check {
    const char *name;
    dl_tensor *(*compare)(dl_tensor *a, dl_tensor *b);
    /* The result where a is less than b, equals it, is greater, and where one is NaN. */
    int less, equal, greater, unordered;
} compare_check;

/* The result is main's. */
int compare_main(const compare_check *check);

/* The whole test. */
#define COMPARE_TEST(op, ...)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        return compare_main(&(compare_check){#op, dl_##op, __VA_ARGS__});                          \
    }
#endif
