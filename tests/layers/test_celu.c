#include "layer_check.h"

LAYER_TESTED(celu, dl_layer_celu(ctx, 0.5), dl_celu(x, 0.5), NULL, NULL)

static void celu_layer_refuses_what_its_operation_does(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_celu(ctx, 0));
    expect_error(ctx, DL_EINVAL, "celu: alpha is 0");
    assert_null(dl_layer_celu(ctx, -1));
    expect_error(ctx, DL_EINVAL, "celu: alpha is -1");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(celu_layer_refuses_what_its_operation_does)};
    return layer_main(&test, more, 1);
}
