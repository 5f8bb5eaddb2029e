#include "support/unary_check.h"

UNARY_TEST(hardtanh, dl_hardtanh(x, -1, 2), -0.8, 1.8)

static const unary_fact facts[] = {
    {-1, -1, 0, 0}, {0, 0, 1, 0},        {2, 2, 0, 0},
    {3, 2, 0, 0},   {INFINITY, 2, 0, 0}, {-INFINITY, -1, 0, 0},
};

static void hardtanh_refuses_ends_in_the_wrong_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_hardtanh(x, 1, -1));
    expect_error(ctx, DL_EINVAL, "hardtanh: low is 1 and high is -1, they want low <= high");
    assert_null(dl_hardtanh(x, NAN, 1));
    expect_error(ctx, DL_EINVAL, "hardtanh: low is nan and high is 1, they want low <= high");
    assert_null(dl_hardtanh(NULL, 1, -1));
    assert_same_bits(dl_hardtanh(x, -INFINITY, INFINITY), x);
}

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    static const struct CMUnitTest more[] = {with_ctx(hardtanh_refuses_ends_in_the_wrong_order)};
    return unary_main(&test, &check, more, UNARY_LENGTH(more));
}
