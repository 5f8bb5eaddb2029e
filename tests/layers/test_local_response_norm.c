#include <math.h>
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_local_response_norm(ctx, 3, 0.5, 0.75, 2);
}

static void local_response_norm_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 4, 2, 2));
    layer_check(make, DL_SHAPE(3, 5));
}

static void local_response_norm_is_its_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 6, 3, 3));
    assert_same_bits(run_layer(m, x), dl_local_response_norm(x, 3, 0.5, 0.75, 2));
    assert_int_equal(dl_module_param_count(m), 0);
    dl_module_drop(m);
}

static void local_response_norm_names_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_local_response_norm(ctx, 0, 1, 1, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: size is 0, wanted at least 1");
    assert_null(dl_layer_local_response_norm(ctx, 3, NAN, 1, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: alpha is ");
    assert_null(dl_layer_local_response_norm(ctx, 3, 1, INFINITY, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: beta is ");
    assert_null(dl_layer_local_response_norm(ctx, 3, 1, 1, NAN));
    expect_error(ctx, DL_EINVAL, "local_response_norm: k is ");
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(5))));
    expect_error(ctx, DL_ESHAPE, "local_response_norm: the input is [5], wanted [N, C, ..]");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_response_norm_does_what_every_layer_does),
        with_ctx(local_response_norm_is_its_operation),
        with_ctx(local_response_norm_names_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
