#include "model_check.h"

#define MAKE(name, depth, ...)                                                                     \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_model_cifar_resnet(ctx, depth, &(dl_resnet_opts){__VA_ARGS__});                  \
    }
#define BOTH(depth)                                                                                \
    MAKE(resnet##depth, depth, .classes = 0)                                                       \
    MAKE(plain##depth, depth, .shortcut = DL_SHORTCUT_NONE)
BOTH(20)
BOTH(32)
BOTH(44)
BOTH(56)
BOTH(110)
MAKE(make_small, 8, .width = 2)
MAKE(make_plain, 8, .width = 2, .classes = 3, .in_channels = 1, .shortcut = DL_SHORTCUT_NONE)
MAKE(make_projected, 8, .width = 2, .shortcut = DL_SHORTCUT_PROJECT, .zero_gamma = 1)

static void cifar_resnet_does_what_every_model_does(void **state)
{
    (void)state;
    model_check(make_small, 10, DL_SHAPE(3, 3, 8, 8));
    model_check(make_plain, 3, DL_SHAPE(3, 1, 9, 7));
    model_check(make_projected, 10, DL_SHAPE(3, 3, 8, 8));
}

static void cifar_resnets_and_plain_nets_have_the_sizes_of_the_paper(void **state)
{
    (void)state;
    static const struct {
        model_make residual, plain;
        int64_t size;
    } cases[] = {{resnet20, plain20, 269722},
                 {resnet32, plain32, 464154},
                 {resnet44, plain44, 658586},
                 {resnet56, plain56, 853018},
                 {resnet110, plain110, 1727962}};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(model_size(cases[i].residual), cases[i].size);
        assert_int_equal(model_size(cases[i].plain), cases[i].size);
    }
}

/* 40.6 million for a picture. */
static void depth_20_costs_the_multiply_adds_of_the_paper(void **state)
{
    (void)state;
    assert_in_summary(resnet20, DL_SHAPE(1, 3, 32, 32), "multiply-adds  40,551,040");
    assert_in_summary(plain20, DL_SHAPE(1, 3, 32, 32), "multiply-adds  40,551,040");
    assert_in_summary(resnet20, DL_SHAPE(1, 3, 32, 32), "parameters     269,722");
}

static void cifar_resnet_has_its_parts_in_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = resnet20(ctx);
    assert_children(m, "conv1 bn1 relu layer1 layer2 layer3 avgpool flatten fc");
    assert_children(dl_module_find(m, "layer2"), "0 1 2");
    assert_null(dl_module_find(m, "layer1.0.downsample"));
    assert_string_equal(dl_module_class_name(dl_module_find(m, "layer2.0.downsample")),
                        "shortcut_pad");
    assert_null(dl_module_find(m, "layer2.1.downsample"));
    assert_shape(dl_module_tensor(m, "layer3.2.conv2.weight"), 64, 64, 3, 3);
    dl_module_drop(m);
    m = plain20(ctx);
    assert_null(dl_module_find(m, "layer2.0.downsample"));
    dl_module_drop(m);
}

static void cifar_resnet_names_the_nearest_depth(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        int32_t depth;
        const char *nearest;
    } wrong[] = {{INT32_MIN, "is 8"}, {0, "is 8"},       {7, "is 8"},           {18, "is 20"},
                 {21, "is 20"},       {22, "is 20"},     {24, "is 26"},         {49, "is 50"},
                 {109, "is 110"},     {1203, "is 1202"}, {INT32_MAX, "is 1202"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_model_cifar_resnet(ctx, wrong[i].depth, NULL));
        expect_error(ctx, DL_EINVAL, wrong[i].nearest);
    }
}

static void cifar_resnet_refuses_options_that_make_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        dl_resnet_opts o;
        const char *part;
    } wrong[] = {
        {{.classes = -1}, "cifar_resnet: classes is -1"},
        {{.in_channels = -1}, "cifar_resnet: in_channels is -1"},
        {{.width = -1}, "cifar_resnet: width is -1"},
        {{.shortcut = 9}, "basic_block: shortcut is 9"},
        {{.zero_gamma = 9}, "basic_block: zero_gamma is 9"},
        {{.groups = 2}, "basic_block: groups"},
        {{.small_input = 1}, "cifar_resnet: small_input is set"},
        {{.reserved = {1}}, "cifar_resnet: a reserved option is set"},
    };
    const int64_t live = dl_ctx_live(ctx);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_model_cifar_resnet(ctx, 8, &wrong[i].o));
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_int_equal(dl_ctx_live(ctx), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cifar_resnet_does_what_every_model_does),
        cmocka_unit_test(cifar_resnets_and_plain_nets_have_the_sizes_of_the_paper),
        cmocka_unit_test(depth_20_costs_the_multiply_adds_of_the_paper),
        with_ctx(cifar_resnet_has_its_parts_in_order),
        with_ctx(cifar_resnet_names_the_nearest_depth),
        with_ctx(cifar_resnet_refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
