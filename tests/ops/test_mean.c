#include <math.h>
#include "support/op_check.h"

typedef struct over {
    int32_t n, axes[4], keep;
} over;

static dl_tensor *mean(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_mean(in[0], o->axes, o->n, o->keep);
}

static const op_case cases[] = {
    CASE_WITH((&(over){0}), "all", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){1, {1}, 0}), "the last", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){1, {0}, 1}), "the first, kept", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){2, {0, 2}, 0}), "around the middle", IN_RANGE(0.25, 2, 2, 3, 4)),
    CASE_WITH((&(over){3, {0, 2, 3}, 1}), "a channel", IN_RANGE(0.25, 2, 2, 3, 2, 2)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(over){1, {1}, 0}), "to nothing", IN_RANGE(0.25, 2, 0, 4)),
    LARGE_CASE_WITH((&(over){0}), "many", IN_RANGE(0.25, 2, 3, 70001)),
    LARGE_CASE_WITH((&(over){2, {0, 2}, 0}), "many, interleaved", IN_RANGE(0.25, 2, 40, 30, 50)),
};
static const op_test test = {"mean", mean, OP_CASES(cases), .flags = 0};

static void mean_is_the_sum_over_the_count(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 1, 2, 6, 4, 5, NAN);
    assert_values(dl_mean(x, (int32_t[]){1}, 1, 0), 3, NAN);
    assert_values(dl_mean(x, (int32_t[]){0}, 1, 1), 2.5, 3.5, NAN);
}

static void mean_of_no_elements_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_mean(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0)), (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "mean: [3, 0] has no elements along its axes");
    assert_null(dl_mean(random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 3)), NULL, 0, 0));
    expect_error(ctx, DL_ESHAPE, "mean: [0, 3] has no elements along its axes");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(mean_is_the_sum_over_the_count),
        with_ctx(mean_of_no_elements_is_refused),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
