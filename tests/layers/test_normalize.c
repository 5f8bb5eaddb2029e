#include <math.h>
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_normalize(ctx, (const double[]){1, -2, 0.5}, (const double[]){2, 0, 0.25}, 3);
}

static dl_module *make_one(dl_ctx *ctx)
{
    return dl_layer_normalize(ctx, (const double[]){0.125}, (const double[]){0.5}, 1);
}

static void normalize_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(4, 3));
    layer_check(make, DL_SHAPE(2, 3, 2, 2));
    layer_check(make_one, DL_SHAPE(5));
}

static void normalize_takes_the_mean_and_divides(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx), *one = make_one(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 1, 1, 1, 3, -2, 0.5);
    assert_values(run_layer(m, x), 0, 3, 2, 1, 0, 0);
    assert_values(run_layer(one, x), 1.75, 1.75, 1.75, 5.75, -4.25, 0.75);
    assert_int_equal(dl_module_param_count(m), 0);
    assert_string_equal(dl_module_buffer_name(m, 0), "mean");
    assert_string_equal(dl_module_buffer_name(m, 1), "std");
    assert_values(dl_module_buffer(m, 1), 2, 1, 0.25);
    dl_module_drop(m);
    dl_module_drop(one);
}

static void normalize_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4))));
    expect_error(ctx, DL_ESHAPE, "normalize: the input is [3, 4], wanted 3 along axis 1");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3))));
    expect_error(ctx, DL_ESHAPE, "normalize: the input is [3]");
    dl_module_drop(m);
    const double fine[] = {1, 1}, bad[] = {1, NAN}, below[] = {-1, 1};
    assert_null(dl_layer_normalize(ctx, bad, fine, 2));
    expect_error(ctx, DL_EINVAL, "normalize: mean 1 is nan");
    assert_null(dl_layer_normalize(ctx, fine, bad, 2));
    expect_error(ctx, DL_EINVAL, "normalize: mean 1 is 1 and std nan");
    assert_null(dl_layer_normalize(ctx, fine, below, 2));
    expect_error(ctx, DL_EINVAL, "normalize: mean 0 is 1 and std -1");
    assert_null(dl_layer_normalize(ctx, fine, NULL, 2));
    expect_error(ctx, DL_EINVAL, "normalize: std is NULL");
    assert_null(dl_layer_normalize(ctx, NULL, fine, 2));
    expect_error(ctx, DL_EINVAL, "normalize: mean is NULL");
    const double large[] = {1, 1e39}, small[] = {1, 1e-50};
    assert_null(dl_layer_normalize(ctx, large, fine, 2));
    expect_error(ctx, DL_EINVAL,
                 "normalize: mean 1 is 1e+39 and std 1, wanted finite numbers of "
                 "type f32");
    assert_null(dl_layer_normalize(ctx, fine, large, 2));
    expect_error(ctx, DL_EINVAL, "normalize: mean 1 is 1 and std 1e+39");
    m = dl_layer_normalize(ctx, fine, small, 2); /* 0 in f32 */
    assert_values(dl_module_buffer(m, 1), 1, 1);
    dl_module_drop(m);
    assert_null(dl_layer_normalize(ctx, fine, fine, 0));
    expect_error(ctx, DL_EINVAL, "normalize: 0 means");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalize_does_what_every_layer_does),
        with_ctx(normalize_takes_the_mean_and_divides),
        with_ctx(normalize_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
