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
        with_ctx(parallel_refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
