#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_global_avgpool(ctx);
}

static void global_avgpool_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 3, 5));
    layer_check(make, DL_SHAPE(2, 3, 2, 4));
}

static void global_avgpool_layer_gives_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 7, 4)), *y = run_layer(m, x);
    assert_shape(y, 2, 3, 1, 1);
    assert_same_bits(y, dl_global_avgpool(x));
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_avgpool_layer_does_what_every_layer_does),
        with_ctx(global_avgpool_layer_gives_the_bits_of_the_operation),
    };
    return cmocka_run_group_tests_name("global_avgpool layer", tests, NULL, NULL);
}
