#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_flatten(ctx);
}

static void flatten_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 3, 2));
}

static void flatten_layer_keeps_the_batch_and_the_logical_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_flatten(ctx);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x =
            make_tensor(ctx, DL_F32, DL_SHAPE(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        dl_tensor *y = run_layer(m, with_layout(x, layout));
        assert_shape(y, 2, 6);
        assert_values(y, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }
    assert_shape(run_layer(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 5))), 4, 5);
    assert_shape(run_layer(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 5, 2))), 0, 10);
    dl_module_drop(m);
}

static void flatten_layer_refuses_an_input_without_a_batch(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_flatten(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4))));
    expect_error(ctx, DL_ESHAPE, "flatten: the input has 1 axes");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flatten_layer_does_what_every_layer_does),
        with_ctx(flatten_layer_keeps_the_batch_and_the_logical_order),
        with_ctx(flatten_layer_refuses_an_input_without_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
