#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_parallel(ctx,
                             DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), dl_layer_tanh(ctx),
                                       dl_layer_dense(ctx, 4, 2, NULL)),
                             1);
}

static dl_module *make_one(dl_ctx *ctx)
{
    return dl_layer_parallel(ctx, DL_LAYERS(dl_layer_tanh(ctx)), -1);
}

static void parallel_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 4));
    layer_check(make_one, DL_SHAPE(2, 4));
}

static void results_are_joined_in_the_order_of_the_layers(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), -1, 2);
    for (int32_t axis = 0; axis < 2; axis++) {
        dl_module *m =
            dl_layer_parallel(ctx, DL_LAYERS(dl_layer_identity(ctx), dl_layer_relu(ctx)), axis);
        dl_tensor *y = run_layer(m, x);
        if (axis == 0)
            assert_values(y, -1, 2, 0, 2);
        else
            assert_values(y, -1, 0, 2, 2);
        dl_module_drop(m);
    }
}

static void paths_go_through_the_numbers_of_the_layers(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    assert_non_null(dl_module_tensor(m, "0.weight"));
    assert_non_null(dl_module_tensor(m, "2.bias"));
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3))));
    expect_error(ctx, DL_ESHAPE, "parallel.0 (dense): linear: ");
    dl_module_drop(m);
    m = dl_layer_parallel(ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), dl_layer_relu(ctx)), 0);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4))));
    expect_error(ctx, DL_ESHAPE, "parallel: concat: ");
    dl_module_drop(m);
}

/* A convolution of odd kernel that keeps the size, and its ReLU. */
static dl_module *conv_relu(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel)
{
    const dl_conv_opts c = {.padding = {kernel / 2}};
    dl_module *conv = dl_layer_conv2d(ctx, in, out, DL_KERNEL(kernel), &c, NULL);
    return dl_layer_sequential(ctx, DL_LAYERS(conv, dl_layer_relu(ctx)));
}

/* The module of GoogLeNet, a 32nd as wide as its 3a: 2 + 4 + 1 + 1 channels. */
static dl_module *inception(dl_ctx *ctx)
{
    const dl_pool_opts same = {.stride = {1}, .padding = {1}};
    return dl_layer_parallel(
        ctx,
        DL_LAYERS(
            conv_relu(ctx, 6, 2, 1),
            dl_layer_sequential(ctx, DL_LAYERS(conv_relu(ctx, 6, 3, 1), conv_relu(ctx, 3, 4, 3))),
            dl_layer_sequential(ctx, DL_LAYERS(conv_relu(ctx, 6, 1, 1), conv_relu(ctx, 1, 1, 5))),
            dl_layer_sequential(ctx, DL_LAYERS(dl_layer_maxpool2d(ctx, DL_KERNEL(3), &same),
                                               conv_relu(ctx, 6, 1, 1)))),
        1);
}

static void the_channels_of_branches_of_convolutions_add_up(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = inception(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 6, 5, 4)), *y = run_layer(m, x);
    assert_shape(y, 2, 8, 5, 4);
    assert_int_equal(dl_tensor_stride(y, 1), 1); /* channels-last, as its parts */
    int64_t at = 0;
    for (int32_t i = 0; i < 4; i++) {
        dl_tensor *part = run_layer(dl_module_child(m, i), x);
        const int64_t n = dl_tensor_dim(part, 1);
        assert_same_bits(dl_slice(y, 1, at, at + n, 1), part);
        at += n;
    }
    assert_shape(dl_module_tensor(m, "1.1.0.weight"), 4, 3, 3, 3);
    assert_non_null(dl_module_tensor(m, "3.1.0.bias"));
    dl_module_drop(m);
    layer_check(inception, DL_SHAPE(1, 6, 3, 2));
}

static void parallel_refuses_what_makes_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    int64_t live = dl_ctx_live(ctx);
    assert_null(dl_layer_parallel(ctx, DL_LAYERS(dl_layer_relu(ctx), NULL), 1));
    expect_error(ctx, DL_EINVAL, "parallel: layer 1 is NULL");
    assert_null(dl_layer_parallel(ctx, DL_LAYERS(dl_layer_relu(ctx)), 8));
    expect_error(ctx, DL_EINVAL, "parallel: axis is 8");
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_null(dl_layer_parallel(ctx, NULL, 1, 0));
    expect_error(ctx, DL_EINVAL, "parallel: 1 layers");
    dl_module *m = dl_layer_parallel(ctx, NULL, 0, 0);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2))));
    expect_error(ctx, DL_ESTATE, "parallel: it has no layers");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parallel_does_what_every_layer_does),
        with_ctx(results_are_joined_in_the_order_of_the_layers),
        with_ctx(paths_go_through_the_numbers_of_the_layers),
        with_ctx(the_channels_of_branches_of_convolutions_add_up),
        with_ctx(parallel_refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
