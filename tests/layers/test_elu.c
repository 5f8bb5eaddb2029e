#include <math.h>
#include "layer_check.h"

LAYER_TESTED(elu, dl_layer_elu(ctx, 0.5), dl_elu(x, 0.5), NULL, NULL)

static void elu_layer_refuses_what_its_operation_does(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_elu(ctx, INFINITY));
    expect_error(ctx, DL_EINVAL, "elu: alpha is inf");
}

int main(void)
{
    const struct CMUnitTest more[] = {with_ctx(elu_layer_refuses_what_its_operation_does)};
    return layer_main(&test, more, 1);
}
