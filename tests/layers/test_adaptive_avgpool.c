#include "layer_check.h"

static dl_module *make1(dl_ctx *ctx)
{
    return dl_layer_adaptive_avgpool1d(ctx, DL_SIZES(3));
}

static dl_module *make2(dl_ctx *ctx)
{
    return dl_layer_adaptive_avgpool2d(ctx, DL_SIZES(2, DL_OFF));
}

static dl_module *make3(dl_ctx *ctx)
{
    return dl_layer_adaptive_avgpool3d(ctx, NULL);
}

static void adaptive_avgpool_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make1, DL_SHAPE(2, 3, 7));
    layer_check(make2, DL_SHAPE(2, 3, 5, 3));
    layer_check(make3, DL_SHAPE(2, 2, 2, 3, 2));
}

static void adaptive_avgpool_layers_give_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make2(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 7, 4)), *y = run_layer(m, x);
    assert_shape(y, 2, 3, 2, 4);
    assert_same_bits(y, dl_adaptive_avgpool2d(x, DL_SIZES(2, 4)));
    dl_module_drop(m);
    m = make3(ctx);
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 2, 3, 4));
    assert_same_bits(run_layer(m, x), x);
    dl_module_drop(m);
}

static void adaptive_avgpool_layers_refuse_negative_sizes(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_adaptive_avgpool2d(ctx, DL_SIZES(2, -2)));
    expect_error(ctx, DL_EINVAL, "adaptive_avgpool2d: size is -2 along spatial axis 1");
    assert_null(dl_layer_adaptive_avgpool1d(NULL, DL_SIZES(3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adaptive_avgpool_layers_do_what_every_layer_does),
        with_ctx(adaptive_avgpool_layers_give_the_bits_of_the_operation),
        with_ctx(adaptive_avgpool_layers_refuse_negative_sizes),
    };
    return cmocka_run_group_tests_name("adaptive_avgpool layers", tests, NULL, NULL);
}
