#include "model_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_model_lenet5(ctx, NULL);
}

static dl_module *make_modern(dl_ctx *ctx)
{
    return dl_model_lenet5(ctx, &(dl_lenet_opts){.classes = 7, .in_channels = 2, .relu = 1});
}

static void lenet5_does_what_every_model_does(void **state)
{
    (void)state;
    model_check(make, 10, DL_SHAPE(3, 1, 28, 28));
    model_check(make_modern, 7, DL_SHAPE(2, 2, 28, 28));
}

static void lenet5_has_the_size_of_its_layers(void **state)
{
    (void)state;
    assert_int_equal(model_size(make), 156 + 2416 + 48120 + 10164 + 850);
    /* 6 * 25 * 784, 16 * 150 * 100, 400 * 120, 120 * 84, 840 */
    assert_in_summary(make, DL_SHAPE(1, 1, 28, 28), "multiply-adds  416,520");
}

static void lenet5_has_its_parts_in_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    assert_children(m, "conv1 act1 pool1 conv2 act2 pool2 flatten fc1 act3 fc2 act4 fc3");
    assert_string_equal(dl_module_class_name(dl_module_find(m, "act1")), "tanh");
    assert_string_equal(dl_module_class_name(dl_module_find(m, "pool1")), "avgpool2d");
    dl_module_drop(m);
    m = make_modern(ctx);
    assert_string_equal(dl_module_class_name(dl_module_find(m, "act1")), "relu");
    assert_string_equal(dl_module_class_name(dl_module_find(m, "pool1")), "maxpool2d");
    dl_module_drop(m);
}

static void lenet5_refuses_options_that_make_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_model_lenet5(ctx, &(dl_lenet_opts){.classes = -1}));
    expect_error(ctx, DL_EINVAL, "lenet5: classes is -1");
    assert_null(dl_model_lenet5(ctx, &(dl_lenet_opts){.in_channels = -2}));
    expect_error(ctx, DL_EINVAL, "lenet5: in_channels is -2");
    assert_null(dl_model_lenet5(ctx, &(dl_lenet_opts){.relu = 2}));
    expect_error(ctx, DL_EINVAL, "lenet5: relu is 2, wanted 0 or 1");
    assert_null(dl_model_lenet5(ctx, &(dl_lenet_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "lenet5: a reserved option is set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet5_does_what_every_model_does),
        cmocka_unit_test(lenet5_has_the_size_of_its_layers),
        with_ctx(lenet5_has_its_parts_in_order),
        with_ctx(lenet5_refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
