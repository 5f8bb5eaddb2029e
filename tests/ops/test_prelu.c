#include <math.h>
#include "support/op_check.h"

OP_BINARY(prelu)

/* Values of x keep clear of 0, where differences see the kink. */
static const op_case cases[] = {
    CASE("one w below 0", IN_RANGE(-2, -0.2, 3, 4), IN_RANGE(0.1, 0.5, 1)),
    CASE("one w above 0", IN_RANGE(0.2, 2, 3, 4), IN_RANGE(0.1, 0.5, 1)),
    CASE("a w for each column", IN_RANGE(-2, -0.2, 3, 4), IN_RANGE(-0.5, 0.5, 4)),
    CASE("a w for each channel", IN_RANGE(-2.02, 2, 2, 3, 2, 2), IN_RANGE(-0.5, 0.5, 3)),
    CASE("a vector", IN_RANGE(-2, -0.2, 5), IN_RANGE(0.1, 0.5, 1)),
    CASE("a scalar", IN_SCALAR(-2, -0.2), IN_RANGE(0.1, 0.5, 1)),
    CASE("nothing", IN(0, 4), IN_RANGE(0.1, 0.5, 4)),
    LARGE_CASE("many", IN(3, 70001), IN_RANGE(0.1, 0.5, 1)),
};
static const op_test test = {"prelu", call_prelu, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void prelu_at_zero_has_the_slope_w_and_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), -4, 0, 3, -INFINITY, INFINITY);
    dl_tensor *w = make_tensor(ctx, DL_F64, DL_SHAPE(1), 0.25);
    dl_grad_track(x, 1);
    dl_grad_track(w, 1);
    dl_tensor *y = dl_prelu(x, w);
    assert_values(y, -1, 0, 3, -INFINITY, INFINITY);
    assert_int_equal(dl_backward(dl_sum(dl_slice(y, 0, 0, 3, 1), NULL, 0, 0)), DL_OK);
    assert_values(dl_slice(dl_grad(x), 0, 0, 3, 1), 0.25, 0.25, 1);
    assert_values(dl_prelu(make_tensor(ctx, DL_F64, DL_SHAPE(1), NAN), w), NAN);
}

static void prelu_of_a_scalar_is_a_scalar(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_full(ctx, DL_F64, -2, NULL, 0));
    dl_tensor *w = make_tensor(ctx, DL_F64, DL_SHAPE(1), 0.25);
    dl_grad_track(x, 1);
    dl_grad_track(w, 1);
    dl_tensor *y = dl_prelu(x, w);
    assert_int_equal(dl_tensor_ndim(y), 0);
    assert_values(y, -0.5);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_values(dl_grad(x), 0.25);
    assert_int_equal(dl_tensor_ndim(dl_grad(w)), 1);
    assert_values(dl_grad(w), -2);
}

static void prelu_refuses_a_w_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2));
    const char *wants = "w wants one number, or one for each index of axis 1";
    assert_null(dl_prelu(x, w));
    expect_error(ctx, DL_ESHAPE, "prelu: x is [2, 3] and w is [2], ");
    assert_null(dl_prelu(x, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3))));
    expect_error(ctx, DL_ESHAPE, wants);
    assert_null(dl_prelu(dl_select(x, 0, 0), random_tensor(ctx, DL_F32, 1, DL_SHAPE(3))));
    expect_error(ctx, DL_ESHAPE, wants);
    assert_null(dl_prelu(x, random_tensor(ctx, DL_F64, 1, DL_SHAPE(3))));
    expect_error(ctx, DL_EDTYPE, "prelu: operands are f32 and f64");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(prelu_at_zero_has_the_slope_w_and_lets_nan_pass),
        with_ctx(prelu_of_a_scalar_is_a_scalar),
        with_ctx(prelu_refuses_a_w_that_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
