#include "layer_check.h"

static dl_module *make1(dl_ctx *ctx)
{
    return dl_layer_avgpool1d(ctx, DL_KERNEL(3), &(dl_pool_opts){.stride = {2}, .padding = {1}});
}

static dl_module *make2(dl_ctx *ctx)
{
    return dl_layer_avgpool2d(ctx, DL_KERNEL(2, 3), NULL);
}

static dl_module *make3(dl_ctx *ctx)
{
    return dl_layer_avgpool3d(ctx, DL_KERNEL(2), &(dl_pool_opts){.stride = {1}, .ceil_mode = 1});
}

static void avgpool_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make1, DL_SHAPE(2, 3, 7));
    layer_check(make2, DL_SHAPE(2, 3, 4, 7));
    layer_check(make3, DL_SHAPE(2, 2, 3, 3, 4));
}

static void avgpool_layers_give_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make1(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 8));
    const dl_pool_opts o = {.stride = {2}, .padding = {1}};
    assert_same_bits(run_layer(m, x), dl_avgpool1d(x, DL_KERNEL(3), &o));
    dl_module_drop(m);
    m = make2(ctx);
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 6, 6));
    assert_same_bits(run_layer(m, x), dl_avgpool2d(x, DL_KERNEL(2, 3), NULL));
    dl_module_drop(m);
    m = make3(ctx);
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3, 4, 5, 3));
    assert_same_bits(run_layer(m, x),
                     dl_avgpool3d(x, DL_KERNEL(2), &(dl_pool_opts){.stride = {1}}));
    dl_module_drop(m);
}

/* What a list has behind the spatial axes is not read. */
static void avgpool_layers_read_as_many_numbers_as_there_are_axes(void **state)
{
    dl_ctx *ctx = *state;
    const int32_t kernel[] = {2, -5, -5};
    dl_module *m = dl_layer_avgpool1d(ctx, kernel, &(dl_pool_opts){.stride = {1, -3, 0}});
    assert_non_null(m);
    dl_module_drop(m);
}

static void avgpool_layers_refuse_what_the_operation_refuses(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_avgpool2d(ctx, DL_KERNEL(0), NULL));
    expect_error(ctx, DL_EINVAL, "avgpool2d: kernel is 0");
    assert_null(dl_layer_avgpool2d(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "avgpool2d: kernel is 0");
    assert_null(dl_layer_avgpool1d(ctx, DL_KERNEL(3), &(dl_pool_opts){.padding = {2}}));
    expect_error(ctx, DL_EINVAL, "avgpool1d: padding is 2");
    assert_null(dl_layer_avgpool3d(ctx, DL_KERNEL(3), &(dl_pool_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "avgpool3d: ");
    assert_null(dl_layer_avgpool1d(NULL, DL_KERNEL(3), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avgpool_layers_do_what_every_layer_does),
        with_ctx(avgpool_layers_give_the_bits_of_the_operation),
        with_ctx(avgpool_layers_read_as_many_numbers_as_there_are_axes),
        with_ctx(avgpool_layers_refuse_what_the_operation_refuses),
    };
    return cmocka_run_group_tests_name("avgpool layers", tests, NULL, NULL);
}
