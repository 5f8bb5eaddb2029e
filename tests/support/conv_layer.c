/* The tests that the layers of convolution share. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "module/module.h"
#include "support/conv_check.h"
#include "support/layer_check.h"

static const conv_layer *layer;

static dl_module *make_plain(dl_ctx *ctx)
{
    return layer->make(ctx, 3, 4, DL_KERNEL(3, 2), NULL, NULL);
}

static dl_module *make_with_options(dl_ctx *ctx)
{
    const dl_conv_opts c = {.stride = {2},
                            .padding = {1},
                            .padding_end = {DL_OFF},
                            .dilation = {1, 2},
                            .output_padding = {layer->transposed},
                            .groups = 3};
    return layer->make(ctx, 3, 6, DL_KERNEL(2), &c, &(dl_layer_opts){.no_bias = 1});
}

/* Two examples of three channels. */
static const int64_t *shape(void)
{
    static const int64_t sizes[3][5] = {{2, 3, 6}, {2, 3, 4, 5}, {1, 3, 4, 3, 4}};
    return sizes[layer->axes - 1];
}

static void does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_plain, shape(), 2 + layer->axes);
    layer_check(make_with_options, shape(), 2 + layer->axes);
}

static void gives_the_operation_of_its_parameters(void **state)
{
    dl_ctx *ctx = *state;
    const dl_conv_opts c = {.padding = {1}, .stride = {2}};
    dl_module *m = layer->make(ctx, 3, 4, DL_KERNEL(3), &c, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, shape(), 2 + layer->axes);
    assert_same_bits(run_layer(m, x),
                     layer->op(x, dl_module_tensor(m, "weight"), dl_module_tensor(m, "bias"), &c));
    assert_int_equal(dl_module_param_count(m), 2);
    dl_module_drop(m);
}

static void keeps_channels_innermost_in_memory(void **state)
{
    dl_ctx *ctx = *state;
    const dl_conv_opts c = {.groups = 2};
    dl_module *m = layer->make(ctx, 4, 6, DL_KERNEL(3), &c, NULL);
    dl_tensor *w = dl_module_tensor(m, "weight"), *b = dl_module_tensor(m, "bias");
    const int64_t first = layer->transposed ? 4 : 6, second = layer->transposed ? 3 : 2;
    assert_int_equal(dl_tensor_ndim(w), 2 + layer->axes);
    assert_int_equal(dl_tensor_dim(w, 0), first);
    assert_int_equal(dl_tensor_dim(w, 1), second);
    assert_int_equal(dl_tensor_dim(w, -1), 3);
    assert_int_equal(dl_tensor_stride(w, 0), 1);
    assert_int_equal(dl_tensor_stride(w, 1), first);
    assert_int_equal(dl_tensor_stride(w, -1), first * second);
    assert_shape(b, 6);
    for (int64_t i = 0; i < 6; i++)
        assert_true(dl__real_at(b, i) == 0);
    dl_module_drop(m);
}

static double deviation(dl_ctx *ctx, int64_t in, int64_t out, int32_t init)
{
    dl_module *m = layer->make(ctx, in, out, DL_KERNEL(3), NULL, &(dl_layer_opts){.init = init});
    assert_non_null(m);
    dl_tensor *w = dl_module_tensor(m, "weight");
    const int64_t n = dl_tensor_count(w);
    double *v = values_of(w), sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    free(v);
    dl_module_drop(m);
    return sqrt(sum / (double)n);
}

/* Fans are axis 1 and axis 0 of the weight, times the kernel. */
static void has_first_values_of_its_fans(void **state)
{
    dl_ctx *ctx = *state;
    const double field = pow(3, layer->axes);
    const double in = (layer->transposed ? 200 : 50) * field;
    const double out = (layer->transposed ? 50 : 200) * field;
    assert_true(fabs(deviation(ctx, 50, 200, 0) / sqrt(2 / in) - 1) < 0.03);
    assert_true(fabs(deviation(ctx, 50, 200, DL_INIT_HE_NORMAL_OUT) / sqrt(2 / out) - 1) < 0.03);
}

static void counts_multiplications(void **state)
{
    dl_ctx *ctx = *state;
    const dl_conv_opts c = {.groups = 2, .padding = {1}, .stride = {2}};
    dl_module *m = layer->make(ctx, 4, 6, DL_KERNEL(3), &c, NULL);
    int64_t dims[5] = {2, 4, 5, 5, 5}, cost = 0;
    char part[32];
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, dims, 2 + layer->axes);
    int64_t places = 2 * (layer->transposed ? 4 * 3 : 6 * 2); /* each meets so many weights */
    for (int32_t k = 0; k < layer->axes; k++)
        places *= 3 * (layer->transposed ? 5 : 3);
    dl_tensor *y = run_layer(m, x);
    cost = m->cls->cost(m, &x, 1, &y, 1);
    assert_int_equal(cost, places);
    snprintf(part, sizeof part, "%s", m->cls->name);
    assert_string_equal(part, layer->name);
    dl_module_drop(m);
}

static void expect(dl_ctx *ctx, dl_module *m, dl_status code, const char *what)
{
    char part[160];
    assert_null(m);
    snprintf(part, sizeof part, "%s: %s", layer->name, what);
    expect_error(ctx, code, part);
}

static void refuses_what_means_nothing(void **state)
{
    dl_ctx *ctx = *state;
#define REFUSED(in, out, kernel, conv, opts, what)                                                 \
    expect(ctx, layer->make(ctx, in, out, kernel, conv, opts), DL_EINVAL, what)
    REFUSED(0, 3, DL_KERNEL(3), NULL, NULL, "0 inputs and 3 outputs");
    REFUSED(3, -1, DL_KERNEL(3), NULL, NULL, "3 inputs and -1 outputs");
    REFUSED(4, 6, DL_KERNEL(3), CONV(.groups = 4), NULL,
            "4 groups do not divide 4 inputs and 6 outputs");
    REFUSED(4, 6, DL_KERNEL(3), CONV(.groups = -1), NULL, "groups is -1");
    REFUSED(1, 1, NULL, NULL, NULL, "kernel is 0 along spatial axis 0");
    REFUSED(1, 1, DL_KERNEL(-3), NULL, NULL, "kernel is -3");
    REFUSED(1, 1, DL_KERNEL(3), CONV(.stride = {-1}), NULL, "stride is -1");
    REFUSED(1, 1, DL_KERNEL(3), CONV(.mode = 9), NULL, "mode is 9");
    REFUSED(1, 1, DL_KERNEL(3), CONV(.reserved = {1}), NULL, "a reserved option is set");
    REFUSED(1, 1, DL_KERNEL(3), NULL, &(dl_layer_opts){.init = 99}, "init is 99");
    REFUSED(1, 1, DL_KERNEL(3), NULL, &(dl_layer_opts){.no_bias = 2}, "no_bias is 2");
    assert_null(layer->make(NULL, 1, 1, DL_KERNEL(3), NULL, NULL));
    assert_null(layer->make(ctx, INT64_MAX, INT64_MAX, DL_KERNEL(3), NULL, NULL));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
}

static void of_billions_of_weights_costs_nothing_on_meta(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    int64_t dims[5] = {1 << 20, 20000, 40, 40, 40};
    dl_meta_enable(ctx, 1);
    dl_module *m = layer->make(ctx, 20000, 20000, DL_KERNEL(3), NULL, NULL);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, dims, 2 + layer->axes));
    dl_tensor *y = run_layer(m, x);
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_tensor_dim(y, 0), 1 << 20);
    assert_int_equal(dl_tensor_dim(y, -1), layer->transposed ? 42 : 38);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 16);
    dl_module_drop(m);
}

int conv_layer_main(const conv_layer *l)
{
#define FACT(name) cmocka_unit_test_setup_teardown(name, setup_ctx, teardown_ctx)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_every_layer_does),
        FACT(gives_the_operation_of_its_parameters),
        FACT(keeps_channels_innermost_in_memory),
        FACT(has_first_values_of_its_fans),
        FACT(counts_multiplications),
        FACT(refuses_what_means_nothing),
        FACT(of_billions_of_weights_costs_nothing_on_meta),
    };
    layer = l;
    return cmocka_run_group_tests_name(l->name, tests, NULL, NULL);
}
