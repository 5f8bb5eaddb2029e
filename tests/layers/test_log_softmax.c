#include "dl/ops.h"
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_log_softmax(ctx, -1);
}

static void log_softmax_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
}

static void log_softmax_layer_works_along_its_axis(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4, 2));
    for (int32_t axis = -3; axis < 3; axis++) {
        dl_module *m = dl_layer_log_softmax(ctx, axis);
        assert_same_bits(run_layer(m, x), dl_log_softmax(x, axis));
        dl_module_drop(m);
    }
}

static void log_softmax_layer_names_an_axis_that_no_tensor_has(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_log_softmax(ctx, 8));
    expect_error(ctx, DL_EINVAL, "log_softmax: axis is 8");
    assert_null(dl_layer_log_softmax(ctx, -9));
    expect_error(ctx, DL_EINVAL, "log_softmax: axis is -9");
    dl_module *m = dl_layer_log_softmax(ctx, 2);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4))));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_softmax_layer_does_what_every_layer_does),
        with_ctx(log_softmax_layer_works_along_its_axis),
        with_ctx(log_softmax_layer_names_an_axis_that_no_tensor_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
