#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_layernorm(ctx, DL_SHAPE(4), &(dl_norm_opts){.eps = 0.25});
}

static dl_module *make_two_axes(dl_ctx *ctx)
{
    return dl_layer_layernorm(ctx, DL_SHAPE(3, 4), &(dl_norm_opts){.eps = 0.25, .no_bias = 1});
}

static dl_module *make_plain(dl_ctx *ctx)
{
    return dl_layer_layernorm(ctx, DL_SHAPE(4), &(dl_norm_opts){.eps = 0.25, .no_affine = 1});
}

static void layernorm_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 4));
    layer_check(make, DL_SHAPE(2, 3, 4));
    layer_check(make_two_axes, DL_SHAPE(2, 3, 4));
    layer_check(make_plain, DL_SHAPE(3, 4));
}

static void layernorm_normalises_with_weight_and_bias(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_layernorm(ctx, DL_SHAPE(2), &(dl_norm_opts){.eps = DL_OFF});
    const float w[] = {2, 1}, b[] = {0, 7};
    assert_string_equal(dl_module_param_name(m, 0), "weight");
    assert_string_equal(dl_module_param_name(m, 1), "bias");
    assert_int_equal(dl_tensor_set(dl_module_param(m, 0), w, sizeof w), DL_OK);
    assert_int_equal(dl_tensor_set(dl_module_param(m, 1), b, sizeof b), DL_OK);
    assert_values(run_layer(m, make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 3, 50, 30)), -2, 8, 2,
                  6);
    dl_module_drop(m);
}

static void layernorm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_two_axes(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 3))));
    expect_error(ctx, DL_ESHAPE, "layernorm: the input is [2, 4, 3], wanted one that ends [3, 4]");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4))));
    expect_error(ctx, DL_ESHAPE, "layernorm: the input is [4]");
    dl_module_drop(m);
    static const struct {
        dl_norm_opts o;
        const char *part;
    } wrong[] = {
        {{.eps = -2}, "layernorm: eps is -2, wanted a finite number of at least 0"},
        {{.momentum = 0.1}, "momentum, no_stats and cumulative are for batch normalization"},
        {{.no_stats = 1}, "momentum, no_stats and cumulative are for batch normalization"},
        {{.cumulative = 1}, "momentum, no_stats and cumulative are for batch normalization"},
        {{.no_affine = 2}, "layernorm: no_affine is 2, wanted 0 or 1"},
        {{.reserved = {1}}, "layernorm: a reserved option is set"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_layernorm(ctx, DL_SHAPE(4), &wrong[i].o));
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_null(dl_layer_layernorm(ctx, NULL, 0, NULL));
    expect_error(ctx, DL_EINVAL, "layernorm: over 0 axes");
    assert_null(dl_layer_layernorm(ctx, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1), NULL));
    expect_error(ctx, DL_EINVAL, "layernorm: over 9 axes");
    assert_null(dl_layer_layernorm(ctx, NULL, 1, NULL));
    expect_error(ctx, DL_EINVAL, "layernorm: shape is NULL");
    assert_null(dl_layer_layernorm(ctx, DL_SHAPE(2, 0), NULL));
    expect_error(ctx, DL_EINVAL, "layernorm: size 1 is 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layernorm_does_what_every_layer_does),
        with_ctx(layernorm_normalises_with_weight_and_bias),
        with_ctx(layernorm_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
