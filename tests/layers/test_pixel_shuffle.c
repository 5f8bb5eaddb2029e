#include "layer_check.h"

static dl_module *make_shuffle(dl_ctx *ctx)
{
    return dl_layer_pixel_shuffle(ctx, 2);
}

static dl_module *make_unshuffle(dl_ctx *ctx)
{
    return dl_layer_pixel_unshuffle(ctx, 3);
}

static void pixel_shuffle_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_shuffle, DL_SHAPE(2, 8, 3, 2));
    layer_check(make_unshuffle, DL_SHAPE(2, 2, 3, 6));
}

static void pixel_shuffle_layers_give_the_bits_of_the_operations(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *there = make_shuffle(ctx), *back = make_unshuffle(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 3, 6));
    assert_same_bits(run_layer(there, x), dl_pixel_shuffle(x, 2));
    assert_same_bits(run_layer(back, x), dl_pixel_unshuffle(x, 3));
    dl_module_drop(there);
    dl_module_drop(back);
}

static void pixel_shuffle_layers_refuse_what_the_operations_refuse(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_pixel_shuffle(ctx, 0));
    expect_error(ctx, DL_EINVAL, "pixel_shuffle: the factor is 0");
    assert_null(dl_layer_pixel_unshuffle(ctx, -1));
    expect_error(ctx, DL_EINVAL, "pixel_unshuffle: the factor is -1");
    assert_null(dl_layer_pixel_shuffle(NULL, 2));
    assert_null(dl_layer_pixel_unshuffle(NULL, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixel_shuffle_layers_do_what_every_layer_does),
        with_ctx(pixel_shuffle_layers_give_the_bits_of_the_operations),
        with_ctx(pixel_shuffle_layers_refuse_what_the_operations_refuse),
    };
    return cmocka_run_group_tests_name("pixel_shuffle", tests, NULL, NULL);
}
