#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_relu(ctx);
}

static void relu_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
}

static void relu_layer_applies_relu(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4), -1, 0, 0.5, 2);
    assert_values(run_layer(m, x), 0, 0, 0.5, 2);
    assert_int_equal(dl_module_param_count(m), 0);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_layer_does_what_every_layer_does),
        with_ctx(relu_layer_applies_relu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
