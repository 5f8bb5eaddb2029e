/* What dl_var and dl_std are tested for, beside the ends of the range. */
#ifndef DL_TESTS_SPREAD_CHECK_H
#define DL_TESTS_SPREAD_CHECK_H
#include "support/op_check.h"

typedef dl_tensor *(*spread_fn)(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims,
                                int32_t correction);
typedef struct spread_check {
    const char *name;
    spread_fn spread;
    double (*of_variance)(double variance); /* what it gives for a variance */
} spread_check;

/* op_main over cases and facts of its own; the result is main's. */
int spread_main(const spread_check *check, const struct CMUnitTest *more, int32_t n_more);
#endif
