#include <math.h>
#include "layer_check.h"

LAYER_TESTED(leaky_relu, dl_layer_leaky_relu(ctx, 0.125), dl_leaky_relu(x, 0.125), NULL, NULL)

static void leaky_relu_layer_refuses_what_its_operation_does(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_leaky_relu(ctx, NAN));
    expect_error(ctx, DL_EINVAL, "leaky_relu: slope is nan");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(leaky_relu_layer_refuses_what_its_operation_does)};
    return layer_main(&test, more, 1);
}
