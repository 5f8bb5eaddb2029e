#include <math.h>
#include "support/op_check.h"

static dl_tensor *clamp(dl_tensor *const *in, int32_t n, void *user)
{
    const double *bound = user;
    (void)n;
    return dl_clamp(in[0], bound[0], bound[1]);
}

static const op_case cases[] = {
    CASE_WITH(((double[]){-1, 0.5}), "a matrix", IN(3, 4)),
    CASE_WITH(((double[]){-INFINITY, 0.5}), "from above alone", IN(3, 4)),
    CASE_WITH(((double[]){0.1, INFINITY}), "from below alone", IN(2, 3, 4)),
    CASE_WITH(((double[]){-INFINITY, INFINITY}), "not at all", IN(3, 4)),
    CASE_WITH(((double[]){-1, 1}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH(((double[]){-1, 1}), "nothing", IN(0, 4)),
    LARGE_CASE_WITH(((double[]){-1, 1}), "many", IN(3, 70001)),
};
static const op_test test = {"clamp", clamp, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void clamp_lets_nan_pass_and_moves_infinities(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {NAN, -INFINITY, INFINITY, 0.25};
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *x = tensor_of(ctx, dt, v, DL_SHAPE(4));
        assert_values(dl_clamp(x, -1, 2), NAN, -1, 2, 0.25);
        assert_values(dl_clamp(x, -INFINITY, INFINITY), NAN, -INFINITY, INFINITY, 0.25);
        assert_values(dl_clamp(x, 3, 3), NAN, 3, 3, 3);
    }
}

static void clamp_passes_the_gradient_at_its_bounds(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(6), -1.5, -1, 0, 2, 2.5, NAN);
    dl_grad_track(x, 1);
    dl_backward(dl_sum(dl_clamp(x, -1, 2), NULL, 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(x), 0, 1, 1, 1, 0, 0);
}

static void clamp_refuses_bounds_that_leave_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_clamp(x, 1, 0.5));
    expect_error(ctx, DL_EINVAL, "clamp: low is 1 and high is 0.5, wanted low <= high");
    assert_null(dl_clamp(x, NAN, 0.5));
    expect_error(ctx, DL_EINVAL, "clamp: low is nan and high is 0.5, wanted low <= high");
    assert_null(dl_clamp(x, 0, NAN));
    expect_error(ctx, DL_EINVAL, "clamp: low is 0 and high is nan, wanted low <= high");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(clamp_lets_nan_pass_and_moves_infinities),
        with_ctx(clamp_passes_the_gradient_at_its_bounds),
        with_ctx(clamp_refuses_bounds_that_leave_nothing),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
