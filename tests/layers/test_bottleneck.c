#include "block_check.h"
#include "layer_check.h"

#define MAKE(name, in, planes, ...)                                                                \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_bottleneck(ctx, in, planes, &(dl_block_opts){__VA_ARGS__});                \
    }
MAKE(make_same, 4, 1, .shortcut = DL_SHORTCUT_DEFAULT)
MAKE(make_projected, 3, 1, .stride = 2)
MAKE(make_padded, 2, 1, .stride = 2, .shortcut = DL_SHORTCUT_PAD)
MAKE(make_plain, 2, 1, .shortcut = DL_SHORTCUT_NONE, .stride = 2, .stride_first = 1)
MAKE(make_grouped, 4, 1, .groups = 2, .width_per_group = 64)
MAKE(make_large, 32, 16, .stride = 2)

static void bottleneck_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_same, DL_SHAPE(2, 4, 3, 2));
    layer_check(make_projected, DL_SHAPE(2, 3, 4, 3));
    layer_check(make_padded, DL_SHAPE(2, 2, 3, 4));
    layer_check(make_plain, DL_SHAPE(2, 2, 3, 4));
    layer_check(make_grouped, DL_SHAPE(2, 4, 3, 2));
}

static void bottleneck_has_the_parts_of_torchvision(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_same(ctx);
    assert_children(m, "conv1 bn1 conv2 bn2 conv3 bn3");
    dl_module_drop(m);
    m = make_projected(ctx);
    assert_children(m, "conv1 bn1 conv2 bn2 conv3 bn3 downsample");
    assert_shape(dl_module_tensor(m, "conv1.weight"), 1, 3, 1, 1);
    assert_shape(dl_module_tensor(m, "conv2.weight"), 1, 1, 3, 3);
    assert_shape(dl_module_tensor(m, "conv3.weight"), 4, 1, 1, 1);
    assert_shape(dl_module_tensor(m, "downsample.0.weight"), 4, 3, 1, 1);
    dl_module_drop(m);
}

/* relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + x). */
static void bottleneck_computes_its_formula(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_same(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4, 5, 4)), *y = x;
    for (int32_t i = 0; i < 6; i++) {
        y = dl_module_forward(dl_module_child(m, i), y);
        y = i == 1 || i == 3 ? dl_relu(y) : y;
    }
    assert_same_bits(run_layer(m, x), dl_relu(dl_add(y, x)));
    dl_module_drop(m);
}

/* The shape that convolution i of the block gives. */
static void assert_inside(dl_ctx *ctx, dl_module *m, const char *first, int64_t h)
{
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 8, 6, 6));
    assert_shape(run_layer(dl_module_find(m, first), x), 2, 2, h, h);
    assert_shape(run_layer(m, x), 2, 8, 3, 3);
    dl_module_drop(m);
}

static void the_stride_is_that_of_the_3x3_convolution_or_of_the_first(void **state)
{
    dl_ctx *ctx = *state;
    dl_block_opts o = {.stride = 2};
    assert_inside(ctx, dl_layer_bottleneck(ctx, 8, 2, &o), "conv1", 6);
    o.stride_first = 1;
    assert_inside(ctx, dl_layer_bottleneck(ctx, 8, 2, &o), "conv1", 3);
}

static void groups_and_width_are_those_of_resnext_and_of_the_wide_nets(void **state)
{
    dl_ctx *ctx = *state;
    dl_meta_enable(ctx, 1);
    dl_module *m =
        dl_layer_bottleneck(ctx, 256, 64, &(dl_block_opts){.groups = 32, .width_per_group = 4});
    assert_shape(dl_module_tensor(m, "conv2.weight"), 128, 4, 3, 3);
    dl_module_drop(m);
    m = dl_layer_bottleneck(ctx, 256, 64, &(dl_block_opts){.width_per_group = 128});
    assert_shape(dl_module_tensor(m, "conv2.weight"), 128, 128, 3, 3);
    assert_shape(dl_module_tensor(m, "conv3.weight"), 256, 128, 1, 1);
    dl_meta_enable(ctx, 0);
    dl_module_drop(m);
}

static void zero_gamma_is_of_the_last_norm(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_bottleneck(ctx, 4, 1, &(dl_block_opts){.zero_gamma = 1});
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 3, 3));
    assert_values(dl_module_tensor(m, "bn2.weight"), 1);
    assert_same_bits(run_layer(m, x), dl_relu(x));
    dl_module_drop(m);
}

static void bottleneck_gives_the_same_bits_with_any_number_of_threads(void **state)
{
    (void)state;
    check_block_threads(make_large, DL_SHAPE(5, 32, 9, 11));
}

static void bottleneck_refuses_what_makes_no_block(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    assert_null(dl_layer_bottleneck(ctx, 4, 0, NULL));
    expect_error(ctx, DL_EINVAL, "bottleneck: 4 channels to 0");
    assert_null(dl_layer_bottleneck(ctx, 4, 1, &(dl_block_opts){.groups = -1}));
    expect_error(ctx, DL_EINVAL, "bottleneck: groups is -1");
    assert_null(dl_layer_bottleneck(ctx, 4, 1, &(dl_block_opts){.stride_first = 3}));
    expect_error(ctx, DL_EINVAL, "stride_first is 3");
    assert_null(dl_layer_bottleneck(ctx, 4, 8, &(dl_block_opts){.width_per_group = 4}));
    expect_error(ctx, DL_EINVAL, "8 planes with width_per_group 4 leave no channel");
    assert_null(dl_layer_bottleneck(ctx, 4, INT64_MAX / 2, NULL));
    expect_error(ctx, DL_ELIMIT, "planes are too many");
    assert_int_equal(dl_ctx_live(ctx), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bottleneck_does_what_every_layer_does),
        with_ctx(bottleneck_has_the_parts_of_torchvision),
        with_ctx(bottleneck_computes_its_formula),
        with_ctx(the_stride_is_that_of_the_3x3_convolution_or_of_the_first),
        with_ctx(groups_and_width_are_those_of_resnext_and_of_the_wide_nets),
        with_ctx(zero_gamma_is_of_the_last_norm),
        cmocka_unit_test(bottleneck_gives_the_same_bits_with_any_number_of_threads),
        with_ctx(bottleneck_refuses_what_makes_no_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
