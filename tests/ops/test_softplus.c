#include "support/unary_check.h"

UNARY_TEST(softplus, dl_softplus(x, 2, 3), -1, 1.4)

static const unary_fact facts[] = {
    {0, 0.34657359027997264, 0.5, 0.5},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
    {1.5, 1.524293675786871, 0.9525741268224334, 0.09035331946182427},
    {1.75, 1.75, 1, 0},
};

static void softplus_refuses_what_is_no_setting(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_softplus(x, 0, 20));
    expect_error(ctx, DL_EINVAL, "softplus: beta is 0, it wants a positive finite number");
    assert_null(dl_softplus(x, 1, NAN));
    expect_error(ctx, DL_EINVAL, "softplus: threshold is nan, it wants a number");
    assert_null(dl_softplus(NULL, 0, NAN));
    dl_tensor *far = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1000, -1000);
    assert_values(dl_softplus(far, 1, INFINITY), 1000, 0);
    dl_tensor *huge = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1e308, -1e308);
    assert_values(dl_softplus(huge, 100, INFINITY), 1e308, 0);
}

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 3,
                                      .slope_ulps = 2, .low = -20,          .high = 1.4};
    static const struct CMUnitTest more[] = {with_ctx(softplus_refuses_what_is_no_setting)};
    return unary_main(&test, &check, more, UNARY_LENGTH(more));
}
