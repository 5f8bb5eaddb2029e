#include <float.h>
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_rmsnorm(ctx, DL_SHAPE(5), &(dl_norm_opts){.eps = 0.25});
}

static dl_module *make_plain(dl_ctx *ctx)
{
    return dl_layer_rmsnorm(ctx, DL_SHAPE(2, 3), &(dl_norm_opts){.eps = 0.25, .no_affine = 1});
}

static void rmsnorm_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(3, 5));
    layer_check(make, DL_SHAPE(2, 2, 5));
    layer_check(make_plain, DL_SHAPE(2, 2, 3));
}

/* Its eps is what separates 1 from the next number of the type. */
static void rmsnorm_is_its_operation(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 2; i++) {
        dl_ctx *ctx = make_typed_ctx(i ? DL_F64 : DL_F32);
        dl_module *m = dl_layer_rmsnorm(ctx, DL_SHAPE(4), NULL);
        dl_tensor *x =
            dl_scale(random_tensor(ctx, i ? DL_F64 : DL_F32, 1, DL_SHAPE(3, 4)), i ? 1e-8 : 1e-3);
        assert_same_bits(run_layer(m, x),
                         dl_rms_norm(x, 1, NULL, i ? DBL_EPSILON : (double)FLT_EPSILON));
        assert_string_equal(dl_module_param_name(m, 0), "weight");
        assert_int_equal(dl_module_param_count(m), 1);
        dl_module_drop(m);
        m = dl_layer_rmsnorm(ctx, DL_SHAPE(4), &(dl_norm_opts){.eps = DL_OFF});
        assert_same_bits(run_layer(m, x), dl_rms_norm(x, 1, NULL, 0));
        dl_module_drop(m);
        end_ctx(ctx);
    }
}

static void rmsnorm_names_what_does_not_fit(void **state)
{
    static const dl_norm_opts wrong[] = {{.eps = -2},       {.momentum = 0.5}, {.no_stats = 1},
                                         {.cumulative = 1}, {.no_affine = 2},  {.no_bias = 1},
                                         {.affine = 1},     {.stats = 1},      {.reserved = {1}}};
    dl_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_rmsnorm(ctx, DL_SHAPE(5), &wrong[i]));
        expect_error(ctx, DL_EINVAL, "rmsnorm: ");
    }
    assert_null(dl_layer_rmsnorm(ctx, NULL, 2, NULL));
    expect_error(ctx, DL_EINVAL, "rmsnorm: shape is NULL, wanted 2 sizes");
    assert_null(dl_layer_rmsnorm(ctx, NULL, 0, NULL));
    expect_error(ctx, DL_EINVAL, "rmsnorm: over 0 axes, wanted 1 to 8");
    assert_null(dl_layer_rmsnorm(ctx, DL_SHAPE(2, 0), NULL));
    expect_error(ctx, DL_EINVAL, "rmsnorm: size 1 is 0, wanted at least 1");
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 4))));
    expect_error(ctx, DL_ESHAPE, "rmsnorm: the input is [5, 4], wanted one that ends [5]");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmsnorm_does_what_every_layer_does),
        cmocka_unit_test(rmsnorm_is_its_operation),
        with_ctx(rmsnorm_names_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
