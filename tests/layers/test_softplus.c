#include <math.h>
#include "layer_check.h"

LAYER_TESTED(softplus, dl_layer_softplus(ctx, 2, 3), dl_softplus(x, 2, 3), NULL, NULL)

static void softplus_layer_refuses_what_its_operation_does(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_softplus(ctx, 0, 20));
    expect_error(ctx, DL_EINVAL, "softplus: beta is 0");
    assert_null(dl_layer_softplus(ctx, 1, NAN));
    expect_error(ctx, DL_EINVAL, "softplus: threshold is nan");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(softplus_layer_refuses_what_its_operation_does)};
    return layer_main(&test, more, 1);
}
