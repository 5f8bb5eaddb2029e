#include "support/unary_check.h"

UNARY_TEST(elu, dl_elu(x, 1.5), -2, -0.2)

static const unary_fact facts[] = {
    {2, 2, 1, 0},
    {0, 0, 1.5, 1.5},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, -1.5, 0, 0},
    {-1e-20, -1.5e-20, 1.5, 1.5},
};

static void elu_refuses_an_alpha_that_is_none(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_elu(x, NAN));
    expect_error(ctx, DL_EINVAL, "elu: alpha is nan, it wants a finite number");
    assert_null(dl_elu(x, -INFINITY));
    expect_error(ctx, DL_EINVAL, "elu: alpha is -inf, it wants a finite number");
    assert_null(dl_elu(x, 1e39)); /* inf times 0 would be NaN */
    expect_error(ctx, DL_EINVAL, "elu: alpha is 1e+39, it wants a finite number of f32");
    assert_values(dl_elu(make_tensor(ctx, DL_F64, DL_SHAPE(1), 0), 1e39), 0);
    assert_null(dl_elu(NULL, NAN));
    expect_ok(ctx);
}

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2, .slope_ulps = 2};
    static const struct CMUnitTest more[] = {with_ctx(elu_refuses_an_alpha_that_is_none)};
    return unary_main(&test, &check, more, UNARY_LENGTH(more));
}
