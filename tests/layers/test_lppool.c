#include "layer_check.h"

static dl_module *make1(dl_ctx *ctx)
{
    return dl_layer_lppool1d(ctx, 2, DL_KERNEL(3), &(dl_pool_opts){.stride = {2}});
}

static dl_module *make2(dl_ctx *ctx)
{
    return dl_layer_lppool2d(ctx, 2, DL_KERNEL(2, 3), NULL);
}

static dl_module *make3(dl_ctx *ctx)
{
    return dl_layer_lppool3d(ctx, 2, DL_KERNEL(2), &(dl_pool_opts){.stride = {1}, .ceil_mode = 1});
}

static void lppool_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make1, DL_SHAPE(2, 3, 7));
    layer_check(make2, DL_SHAPE(2, 3, 4, 7));
    layer_check(make3, DL_SHAPE(2, 2, 3, 3, 4));
}

static void lppool_layers_give_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make1(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 8));
    const dl_pool_opts o = {.stride = {2}};
    assert_same_bits(run_layer(m, x), dl_lppool1d(x, 2, DL_KERNEL(3), &o));
    dl_module_drop(m);
    m = make2(ctx);
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 6, 6));
    assert_same_bits(run_layer(m, x), dl_lppool2d(x, 2, DL_KERNEL(2, 3), NULL));
    dl_module_drop(m);
    m = make3(ctx);
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3, 4, 5, 3));
    assert_same_bits(run_layer(m, x),
                     dl_lppool3d(x, 2, DL_KERNEL(2), &(dl_pool_opts){.stride = {1}}));
    dl_module_drop(m);
}

/* What a list has behind the spatial axes is not read. */
static void lppool_layers_read_as_many_numbers_as_there_are_axes(void **state)
{
    dl_ctx *ctx = *state;
    const int32_t kernel[] = {2, -5, -5};
    dl_module *m = dl_layer_lppool1d(ctx, 2, kernel, &(dl_pool_opts){.stride = {1, -3, 0}});
    assert_non_null(m);
    dl_module_drop(m);
}

static void lppool_layers_refuse_what_the_operation_refuses(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_lppool2d(ctx, 2, DL_KERNEL(0), NULL));
    expect_error(ctx, DL_EINVAL, "lppool2d: kernel is 0");
    assert_null(dl_layer_lppool2d(ctx, 2, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "lppool2d: kernel is 0");
    assert_null(dl_layer_lppool1d(ctx, 2, DL_KERNEL(3), &(dl_pool_opts){.padding = {2}}));
    expect_error(ctx, DL_EINVAL, "lppool1d: padding is 2");
    assert_null(dl_layer_lppool2d(ctx, 0, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "lppool2d: p is 0");
    assert_null(dl_layer_lppool3d(ctx, 2, DL_KERNEL(3), &(dl_pool_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "lppool3d: ");
    assert_null(dl_layer_lppool1d(NULL, 2, DL_KERNEL(3), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lppool_layers_do_what_every_layer_does),
        with_ctx(lppool_layers_give_the_bits_of_the_operation),
        with_ctx(lppool_layers_read_as_many_numbers_as_there_are_axes),
        with_ctx(lppool_layers_refuse_what_the_operation_refuses),
    };
    return cmocka_run_group_tests_name("lppool layers", tests, NULL, NULL);
}
