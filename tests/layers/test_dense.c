#include "dl/grad.h"
#include "dl/ops.h"
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_dense(ctx, 5, 3, NULL);
}

static dl_module *make_without_bias(dl_ctx *ctx)
{
    return dl_layer_dense(ctx, 5, 3, &(dl_layer_opts){.no_bias = 1, .init = DL_INIT_ORTHOGONAL});
}

static void dense_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(4, 5));
    layer_check(make, DL_SHAPE(5));
    layer_check(make, DL_SHAPE(2, 2, 5));
    layer_check(make_without_bias, DL_SHAPE(4, 5));
}

static void dense_layer_computes_x_times_w_transposed_plus_b(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 3, 2, NULL);
    const float w[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20};
    dl_tensor *weight = dl_module_tensor(m, "weight"), *bias = dl_module_tensor(m, "bias");
    assert_int_equal(dl_tensor_set(weight, w, sizeof w), DL_OK);
    assert_int_equal(dl_tensor_set(bias, b, sizeof b), DL_OK);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 1, 0, -1, 2, 1, 0);
    assert_values(run_layer(m, x), 8, 18, 14, 33);
    dl_module_drop(m);
}

static void dense_weights_lie_input_first_in_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 7, 4, NULL);
    dl_tensor *w = dl_module_tensor(m, "weight");
    assert_shape(w, 4, 7);
    assert_int_equal(dl_tensor_stride(w, 0), 1);
    assert_int_equal(dl_tensor_stride(w, 1), 4);
    assert_int_equal(dl_grad_tracked(w), 1);
    assert_string_equal(dl_module_param_name(m, 1), "bias");
    assert_values(dl_module_param(m, 1), 0, 0, 0, 0);
    dl_module_drop(m);
}

static void dense_layer_has_the_element_type_of_its_context(void **state)
{
    (void)state;
    dl_ctx *ctx = make_typed_ctx(DL_F64);
    dl_module *m = dl_layer_dense(ctx, 2, 2, NULL);
    assert_int_equal(dl_tensor_dtype(dl_module_param(m, 0)), DL_F64);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 2))));
    expect_error(ctx, DL_EDTYPE, "dense: linear:");
    dl_module_drop(m);
    end_ctx(ctx);
}

static void dense_layer_refuses_sizes_and_options_it_does_not_know(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_dense(ctx, 0, 3, NULL));
    expect_error(ctx, DL_EINVAL, "dense: 0 inputs and 3 outputs");
    assert_null(dl_layer_dense(ctx, 3, -1, NULL));
    expect_error(ctx, DL_EINVAL, "-1 outputs");
    assert_null(dl_layer_dense(ctx, INT64_MAX, 3, NULL));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
    assert_null(dl_layer_dense(ctx, 3, 3, &(dl_layer_opts){.init = 99}));
    expect_error(ctx, DL_EINVAL, "init is 99");
    assert_null(dl_layer_dense(ctx, 3, 3, &(dl_layer_opts){.no_bias = 2}));
    expect_error(ctx, DL_EINVAL, "no_bias is 2");
    assert_null(dl_layer_dense(ctx, 3, 3, &(dl_layer_opts){.reserved = {0, 1}}));
    expect_error(ctx, DL_EINVAL, "reserved");
}

static void a_dense_layer_of_billions_of_weights_costs_nothing_on_meta(void **state)
{
    dl_ctx *ctx = *state;
    int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, 40000, 40000, &(dl_layer_opts){.no_bias = 1});
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_module_param_elements(m), 1600000000);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 16);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_layer_does_what_every_layer_does),
        with_ctx(dense_layer_computes_x_times_w_transposed_plus_b),
        with_ctx(dense_weights_lie_input_first_in_memory),
        cmocka_unit_test(dense_layer_has_the_element_type_of_its_context),
        with_ctx(dense_layer_refuses_sizes_and_options_it_does_not_know),
        with_ctx(a_dense_layer_of_billions_of_weights_costs_nothing_on_meta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
