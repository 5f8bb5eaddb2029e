#include <math.h>
#include "dl/ops.h"
#include "support/spread_check.h"

static double of_variance(double variance)
{
    return variance;
}

/* The sums of these are not in the range of f32; the last variance is not, either. */
static void var_near_the_ends_of_the_range(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {3e38, 3e38, 1e30, -1e30};
    dl_tensor *x = tensor_of(ctx, DL_F32, v, DL_SHAPE(2, 2));
    assert_values(dl_var(x, (int32_t[]){1}, 1, 0, 1), 0, INFINITY);
    expect_ok(ctx);
}

int main(void)
{
    static const spread_check check = {"var", dl_var, of_variance};
    static const struct CMUnitTest more[] = {with_ctx(var_near_the_ends_of_the_range)};
    return spread_main(&check, more, OP_LENGTH(more));
}
