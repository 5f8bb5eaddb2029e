#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_tanh(ctx);
}

static void tanh_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
}

static void tanh_layer_applies_tanh(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_tanh(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4), 0, 1000, -1000, 0);
    assert_values(run_layer(m, x), 0, 1, -1, 0);
    assert_int_equal(dl_module_param_count(m), 0);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tanh_layer_does_what_every_layer_does),
        with_ctx(tanh_layer_applies_tanh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
