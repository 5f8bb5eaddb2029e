#include "support/unary_check.h"

UNARY_TEST(celu, dl_celu(x, 2), -2, -0.2)

static const unary_fact facts[] = {
    {2, 2, 1, 0},          {0, 0, 1, 0.5},           {INFINITY, INFINITY, 1, 0},
    {-INFINITY, -2, 0, 0}, {-1e-20, -1e-20, 1, 0.5},
};

static void celu_refuses_an_alpha_that_is_none(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_celu(x, NAN));
    expect_error(ctx, DL_EINVAL, "celu: alpha is nan, it wants a positive finite number");
    assert_null(dl_celu(x, 0));
    expect_error(ctx, DL_EINVAL, "celu: alpha is 0, it wants a positive finite number");
    assert_null(dl_celu(x, -1));
    expect_error(ctx, DL_EINVAL, "celu: alpha is -1, it wants a positive finite number");
    assert_null(dl_celu(x, 1e-50));
    expect_error(ctx, DL_EINVAL, "celu: alpha is 1e-50, it wants a positive finite number of f32");
    assert_values(dl_celu(make_tensor(ctx, DL_F64, DL_SHAPE(2), 0, -1), 1e-50), 0, -1e-50);
    assert_null(dl_celu(NULL, NAN));
    expect_ok(ctx);
}

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2, .slope_ulps = 2};
    static const struct CMUnitTest more[] = {with_ctx(celu_refuses_an_alpha_that_is_none)};
    return unary_main(&test, &check, more, UNARY_LENGTH(more));
}
