#include "model_check.h"

#define MAKE(name, depth, ...)                                                                     \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_model_resnet(ctx, depth, &(dl_resnet_opts){__VA_ARGS__});                        \
    }
MAKE(resnet18, 18, .shortcut = DL_SHORTCUT_DEFAULT)
MAKE(resnet34_a, 34, .shortcut = DL_SHORTCUT_PAD)
MAKE(resnet34_b, 34, .shortcut = DL_SHORTCUT_PROJECT)
MAKE(resnet34_c, 34, .shortcut = DL_SHORTCUT_PROJECT_ALL)
MAKE(plain34, 34, .shortcut = DL_SHORTCUT_NONE)
MAKE(resnet50, 50, .stride_first = 1)
MAKE(resnet101, 101, .zero_gamma = 1)
MAKE(resnet152, 152, .classes = 0)
MAKE(resnext50, 50, .groups = 32, .width_per_group = 4)
MAKE(wide50, 50, .width_per_group = 128)
MAKE(make_small, 18, .width = 2, .classes = 4)
MAKE(make_bottleneck, 50, .width = 2, .classes = 4, .small_input = 1, .in_channels = 1)

static void resnet_does_what_every_model_does(void **state)
{
    (void)state;
    model_check(make_small, 4, DL_SHAPE(2, 3, 64, 64));
    model_check(make_bottleneck, 4, DL_SHAPE(2, 1, 16, 16));
}

static void resnets_have_the_sizes_of_the_course(void **state)
{
    (void)state;
    assert_int_equal(model_size(resnet18), 11689512);
    assert_int_equal(model_size(resnet34_a), 21623848);
    assert_int_equal(model_size(resnet34_b), 21797672);
    assert_int_equal(model_size(resnet34_c), 22716840);
    assert_int_equal(model_size(plain34), 21623848);
    assert_int_equal(model_size(resnet50), 25557032);
    assert_int_equal(model_size(resnet101), 44549160);
    assert_int_equal(model_size(resnet152), 60192808);
}

/* torchvision's resnext50_32x4d and wide_resnet50_2. */
static void groups_and_width_make_the_nets_that_followed(void **state)
{
    (void)state;
    assert_int_equal(model_size(resnext50), 25028904);
    assert_int_equal(model_size(wide50), 68883240);
}

/* The paper's 3.8, 7.6 and 11.3 thousand million count the stride in the first convolution. */
static void resnets_cost_the_multiply_adds_of_the_paper(void **state)
{
    (void)state;
    assert_in_summary(resnet18, DL_SHAPE(1, 3, 224, 224), "multiply-adds  1,814,073,344");
    assert_in_summary(resnet50, DL_SHAPE(1, 3, 224, 224), "multiply-adds  3,857,973,248");
}

static void resnet_has_its_parts_in_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_small(ctx);
    assert_children(m, "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool flatten fc");
    assert_shape(dl_module_tensor(m, "conv1.weight"), 2, 3, 7, 7);
    assert_string_equal(dl_module_class_name(dl_module_find(m, "layer4.1")), "basic_block");
    dl_module_drop(m);
    m = make_bottleneck(ctx);
    assert_children(m, "conv1 bn1 relu layer1 layer2 layer3 layer4 avgpool flatten fc");
    assert_shape(dl_module_tensor(m, "conv1.weight"), 2, 1, 3, 3);
    assert_string_equal(dl_module_class_name(dl_module_find(m, "layer3.5")), "bottleneck");
    dl_module_drop(m);
}

static void resnet_refuses_what_it_does_not_have(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_model_resnet(ctx, 20, NULL));
    expect_error(ctx, DL_EINVAL,
                 "resnet: depth is 20, wanted one of 18, 34, 50, 101, 152; the nearest is 18");
    assert_null(dl_model_resnet(ctx, INT32_MAX, NULL));
    expect_error(ctx, DL_EINVAL, "the nearest is 152");
    assert_null(dl_model_resnet(ctx, 18, &(dl_resnet_opts){.stride_first = 1}));
    expect_error(ctx, DL_EINVAL, "stride_first are of the bottleneck");
    assert_null(dl_model_resnet(ctx, 50, &(dl_resnet_opts){.small_input = 2}));
    expect_error(ctx, DL_EINVAL, "resnet: small_input is 2");
    assert_null(dl_model_resnet(ctx, 50, &(dl_resnet_opts){.width = INT64_MAX / 16}));
    expect_error(ctx, DL_ELIMIT, "resnet: width");
    assert_null(dl_model_resnet(ctx, 50, &(dl_resnet_opts){.reserved = {[7] = 1}}));
    expect_error(ctx, DL_EINVAL, "resnet: a reserved option is set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet_does_what_every_model_does),
        cmocka_unit_test(resnets_have_the_sizes_of_the_course),
        cmocka_unit_test(groups_and_width_make_the_nets_that_followed),
        cmocka_unit_test(resnets_cost_the_multiply_adds_of_the_paper),
        with_ctx(resnet_has_its_parts_in_order),
        with_ctx(resnet_refuses_what_it_does_not_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
