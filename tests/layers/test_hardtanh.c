#include "layer_check.h"

LAYER_TESTED(hardtanh, dl_layer_hardtanh(ctx, -0.5, 0.75), dl_hardtanh(x, -0.5, 0.75), NULL, NULL)

static void hardtanh_layer_refuses_what_its_operation_does(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_hardtanh(ctx, 1, -1));
    expect_error(ctx, DL_EINVAL, "hardtanh: low is 1 and high is -1");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(hardtanh_layer_refuses_what_its_operation_does)};
    return layer_main(&test, more, 1);
}
