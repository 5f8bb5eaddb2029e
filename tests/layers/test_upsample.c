#include "layer_check.h"

static const dl_upsample_opts linear = {
    .scale = {1.6, 2}, .mode = DL_UPSAMPLE_LINEAR, .recompute_scale = 1};
static const dl_upsample_opts corners = {
    .sizes = {4, DL_OFF}, .mode = DL_UPSAMPLE_LINEAR, .align_corners = 1};

static dl_module *make_linear(dl_ctx *ctx)
{
    return dl_layer_upsample(ctx, &linear);
}

static dl_module *make_corners(dl_ctx *ctx)
{
    return dl_layer_upsample(ctx, &corners);
}

static void upsample_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_linear, DL_SHAPE(2, 3, 4));
    layer_check(make_linear, DL_SHAPE(2, 3, 4, 3));
    layer_check(make_corners, DL_SHAPE(1, 2, 3, 3, 2));
}

static void upsample_layer_gives_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    dl_module *m = make_linear(ctx);
    assert_same_bits(run_layer(m, x), dl_upsample(x, &linear));
    dl_module_drop(m);
    m = make_corners(ctx);
    assert_same_bits(run_layer(m, x), dl_upsample(x, &corners));
    dl_module_drop(m);
}

static void upsample_layer_refuses_what_the_operation_refuses(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_upsample(ctx, NULL));
    expect_error(ctx, DL_EINVAL, "upsample: wanted sizes or a scale");
    assert_null(dl_layer_upsample(ctx, &(dl_upsample_opts){.scale = {2, 2, -1}}));
    expect_error(ctx, DL_EINVAL, "upsample: scale is -1 along spatial axis 2");
    assert_null(dl_layer_upsample(ctx, &(dl_upsample_opts){.scale = {2}, .mode = 7}));
    expect_error(ctx, DL_EINVAL, "upsample: mode is 7");
    assert_null(dl_layer_upsample(ctx, &(dl_upsample_opts){.scale = {2}, .reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "upsample: ");
    assert_null(dl_layer_upsample(NULL, &linear));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upsample_layer_does_what_every_layer_does),
        with_ctx(upsample_layer_gives_the_bits_of_the_operation),
        with_ctx(upsample_layer_refuses_what_the_operation_refuses),
    };
    return cmocka_run_group_tests_name("upsample", tests, NULL, NULL);
}
