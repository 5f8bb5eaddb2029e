#include "support/unary_check.h"

UNARY_TEST(leaky_relu, dl_leaky_relu(x, 0.25), 0.5, 2)

static const unary_fact facts[] = {
    {-2, -0.5, 0.25, 0},
    {0, 0, 0.25, 0},
    {3, 3, 1, 0},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, -INFINITY, 0.25, 0},
};

static void leaky_relu_refuses_a_slope_that_is_none(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_leaky_relu(x, NAN));
    expect_error(ctx, DL_EINVAL, "leaky_relu: slope is nan, it wants a finite number");
    assert_null(dl_leaky_relu(x, INFINITY));
    expect_error(ctx, DL_EINVAL, "leaky_relu: slope is inf, it wants a finite number");
    assert_null(dl_leaky_relu(NULL, NAN));
    expect_ok(ctx);
}

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    static const struct CMUnitTest more[] = {with_ctx(leaky_relu_refuses_a_slope_that_is_none)};
    return unary_main(&test, &check, more, UNARY_LENGTH(more));
}
