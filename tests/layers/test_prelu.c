#include "layer_check.h"

static dl_module *make_one(dl_ctx *ctx)
{
    return dl_layer_prelu(ctx, 1);
}

static dl_module *make_three(dl_ctx *ctx)
{
    return dl_layer_prelu(ctx, 3);
}

static void prelu_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_one, DL_SHAPE(4, 5));
    layer_check(make_three, DL_SHAPE(4, 3));
    layer_check(make_three, DL_SHAPE(2, 3, 2, 2));
}

static void slopes_begin_at_a_quarter(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_three(ctx);
    const float slope[] = {1, 0, -2};
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), -4, -8, 1, 2, 0, -1);
    assert_string_equal(dl_module_param_name(m, 0), "weight");
    assert_values(run_layer(m, x), -1, -2, 1, 2, 0, -0.25);
    assert_int_equal(dl_tensor_set(dl_module_param(m, 0), slope, sizeof slope), DL_OK);
    assert_values(run_layer(m, x), -4, 0, 1, 2, 0, 2);
    dl_module_drop(m);
}

static void prelu_layer_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_three(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4))));
    expect_error(ctx, DL_ESHAPE, "prelu: ");
    dl_module_drop(m);
    assert_null(dl_layer_prelu(ctx, 0));
    expect_error(ctx, DL_EINVAL, "prelu: 0 slopes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prelu_layer_does_what_every_layer_does),
        with_ctx(slopes_begin_at_a_quarter),
        with_ctx(prelu_layer_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
