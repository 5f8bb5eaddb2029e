#include "model_check.h"

#define MAKE(name, depth, ...)                                                                     \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_model_cifar_vgg(ctx, depth, &(dl_vgg_opts){__VA_ARGS__});                        \
    }
MAKE(vgg7, 7, .classes = 0)
MAKE(vgg11, 11, .classes = 0)
MAKE(vgg13, 13, .classes = 0)
MAKE(vgg16, 16, .classes = 0)
MAKE(vgg19, 19, .classes = 0)
MAKE(make_small, 7, .width = 2, .classes = 3, .in_channels = 2)
MAKE(make_biased, 11, .width = 2, .dropout = DL_OFF, .no_norm = 1)

static void cifar_vgg_does_what_every_model_does(void **state)
{
    (void)state;
    model_check(make_small, 3, DL_SHAPE(2, 2, 16, 16));
    model_check(make_biased, 10, DL_SHAPE(2, 3, 32, 32));
}

/* Weights of the convolutions, two numbers for each channel's norm, and 512 * 10 + 10: as the known
 * nets of this kind for CIFAR, without their biases before norms. */
static void cifar_vggs_have_the_sizes_of_the_known_ones(void **state)
{
    (void)state;
    assert_int_equal(model_size(vgg7), 1144512 + 2 * 2 * (64 + 128 + 256) + 2570);
    assert_int_equal(model_size(vgg11), 9231114 - 2752);
    assert_int_equal(model_size(vgg13), 9416010 - 2944);
    assert_int_equal(model_size(vgg16), 14728266 - 4224);
    assert_int_equal(model_size(vgg19), 20040522 - 5504);
}

static void cifar_vgg_has_its_parts_in_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_small(ctx);
    assert_children(m, "features avgpool flatten classifier");
    assert_int_equal(dl_module_child_count(dl_module_find(m, "features")), 6 * 3 + 3);
    assert_null(dl_module_tensor(m, "features.0.bias"));
    assert_children(dl_module_find(m, "classifier"), "0 1");
    dl_module_drop(m);
    m = make_biased(ctx);
    assert_int_equal(dl_module_child_count(dl_module_find(m, "features")), 8 * 2 + 5);
    assert_non_null(dl_module_tensor(m, "features.0.bias"));
    assert_children(dl_module_find(m, "classifier"), "0");
    dl_module_drop(m);
}

static void cifar_vgg_refuses_what_it_does_not_have(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_model_cifar_vgg(ctx, 15, NULL));
    expect_error(ctx, DL_EINVAL,
                 "cifar_vgg: depth is 15, wanted one of 7, 11, 13, 16, 19; the nearest is 16");
    assert_null(dl_model_cifar_vgg(ctx, INT32_MIN, NULL));
    expect_error(ctx, DL_EINVAL, "the nearest is 7");
    assert_null(dl_model_cifar_vgg(ctx, 7, &(dl_vgg_opts){.no_norm = 3}));
    expect_error(ctx, DL_EINVAL, "cifar_vgg: no_norm is 3");
    assert_null(dl_model_cifar_vgg(ctx, 7, &(dl_vgg_opts){.width = -3}));
    expect_error(ctx, DL_EINVAL, "cifar_vgg: width is -3");
    assert_null(dl_model_cifar_vgg(ctx, 7, &(dl_vgg_opts){.width = INT64_MAX / 2}));
    expect_error(ctx, DL_ELIMIT, "cifar_vgg: width");
    assert_null(dl_model_cifar_vgg(ctx, 7, &(dl_vgg_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "cifar_vgg: a reserved option is set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cifar_vgg_does_what_every_model_does),
        cmocka_unit_test(cifar_vggs_have_the_sizes_of_the_known_ones),
        with_ctx(cifar_vgg_has_its_parts_in_order),
        with_ctx(cifar_vgg_refuses_what_it_does_not_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
