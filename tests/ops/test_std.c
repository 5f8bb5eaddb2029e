#include <math.h>
#include "dl/ops.h"
#include "support/spread_check.h"

static double of_variance(double variance)
{
    return sqrt(variance);
}

/* Squares of these, or their sum, are not in the range of f32. */
static void std_near_the_ends_of_the_range(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {1e25, -1e25, 1e-25, -1e-25, 3e38, 3e38, 0, 0, 1e30, 2};
    const double wanted[] = {1e25, 1e-25, 0, 0, 5e29};
    dl_tensor *x = tensor_of(ctx, DL_F32, v, DL_SHAPE(5, 2));
    dl_tensor *y = dl_cast(dl_std(x, (int32_t[]){1}, 1, 0, 0), DL_F64);
    const double *got = dl_tensor_data(y);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(got[i] - wanted[i]) <= 1e-6 * wanted[i]);
    const double w[] = {1e-170, -1e-170, 1e200, -1e200};
    got =
        dl_tensor_data(dl_std(tensor_of(ctx, DL_F64, w, DL_SHAPE(2, 2)), (int32_t[]){1}, 1, 0, 0));
    assert_true(fabs(got[0] - 1e-170) <= 1e-185 && fabs(got[1] - 1e200) <= 1e185);
    expect_ok(ctx);
}

int main(void)
{
    static const spread_check check = {"std", dl_std, of_variance};
    static const struct CMUnitTest more[] = {with_ctx(std_near_the_ends_of_the_range)};
    return spread_main(&check, more, OP_LENGTH(more));
}
