#include <math.h>
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_groupnorm(ctx, 2, 4, &(dl_norm_opts){.eps = 0.25});
}

static dl_module *make_plain(dl_ctx *ctx)
{
    return dl_layer_groupnorm(ctx, 2, 4, &(dl_norm_opts){.eps = 0.25, .no_affine = 1});
}

static dl_module *make_scaled(dl_ctx *ctx)
{
    return dl_layer_groupnorm(ctx, 1, 4, &(dl_norm_opts){.eps = 0.25, .no_bias = 1});
}

static void groupnorm_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 4, 2, 3));
    layer_check(make, DL_SHAPE(3, 4));
    layer_check(make_plain, DL_SHAPE(2, 4, 3));
    layer_check(make_scaled, DL_SHAPE(1, 4, 1, 2, 2));
}

static void groupnorm_is_its_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_groupnorm(ctx, 2, 4, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 3, 3));
    assert_same_bits(run_layer(m, x), dl_group_norm(x, 2, NULL, NULL, 1e-5));
    assert_string_equal(dl_module_param_name(m, 0), "weight");
    assert_string_equal(dl_module_param_name(m, 1), "bias");
    assert_values(dl_module_param(m, 0), 1, 1, 1, 1);
    assert_values(dl_module_param(m, 1), 0, 0, 0, 0);
    assert_int_equal(dl_module_buffer_count(m), 0);
    dl_module_drop(m);
}

static void groupnorm_names_what_does_not_fit(void **state)
{
    static const dl_norm_opts wrong[] = {{.eps = -2},       {.momentum = 0.5}, {.no_stats = 1},
                                         {.cumulative = 1}, {.no_affine = 2},  {.no_bias = -1},
                                         {.affine = 1},     {.stats = 1},      {.reserved = {1}}};
    dl_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_groupnorm(ctx, 2, 4, &wrong[i]));
        expect_error(ctx, DL_EINVAL, "groupnorm: ");
    }
    assert_null(dl_layer_groupnorm(ctx, 3, 4, NULL));
    expect_error(ctx, DL_EINVAL,
                 "groupnorm: 3 groups of 4 channels, wanted a number that divides them");
    assert_null(dl_layer_groupnorm(ctx, 0, 4, NULL));
    expect_error(ctx, DL_EINVAL, "groupnorm: 0 groups of 4 channels");
    assert_null(dl_layer_groupnorm(ctx, 2, 0, NULL));
    expect_error(ctx, DL_EINVAL, "groupnorm: 2 groups of 0 channels");
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 6, 3))));
    expect_error(ctx, DL_ESHAPE,
                 "groupnorm: the input is [2, 6, 3], wanted [N, C, ..] with 4 channels");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4))));
    expect_error(ctx, DL_ESHAPE, "groupnorm: the input is [4]");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groupnorm_does_what_every_layer_does),
        with_ctx(groupnorm_is_its_operation),
        with_ctx(groupnorm_names_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
