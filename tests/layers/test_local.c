#include <math.h>
#include <stdlib.h>
#include "layer_check.h"
#include "module/module.h"

static const dl_conv_opts opts = {.stride = {2, 1}, .same = 1, .mode = DL_PAD_REPLICATE};

static dl_module *make1(dl_ctx *ctx)
{
    return dl_layer_local1d(ctx, 3, 4, DL_SIZES(6), DL_KERNEL(3), NULL, NULL);
}

static dl_module *make2(dl_ctx *ctx)
{
    return dl_layer_local2d(ctx, 2, 3, DL_SIZES(4, 3), DL_KERNEL(3, 2), &opts,
                            &(dl_layer_opts){.no_bias = 1});
}

static void local_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make1, DL_SHAPE(2, 3, 6));
    layer_check(make2, DL_SHAPE(2, 2, 4, 3));
}

static void local_layers_give_the_bits_of_the_operation(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_local2d(ctx, 2, 3, DL_SIZES(4), DL_KERNEL(3), &opts, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 4, 4));
    dl_tensor *w = dl_module_tensor(m, "weight"), *b = dl_module_tensor(m, "bias");
    assert_shape(w, 3, 2, 3, 3, 2, 4);
    assert_shape(b, 3, 2, 4);
    assert_same_bits(run_layer(m, x), dl_local2d(x, w, b, &opts));
    assert_int_equal(dl_tensor_stride(w, 0), 1); /* [places.., in, kernel.., out] */
    assert_int_equal(dl_tensor_stride(w, 3), 3);
    assert_int_equal(dl_tensor_stride(w, 1), 27);
    assert_int_equal(dl_tensor_stride(w, 5), 54);
    assert_int_equal(dl_tensor_stride(b, 0), 1);
    dl_tensor *y = run_layer(m, x);
    assert_int_equal(m->cls->cost(m, &x, 1, &y, 1), 2 * 3 * 2 * 3 * 3 * 2 * 4);
    dl_module_drop(m);
}

/* The root of the mean square of t. */
static double deviation(const dl_tensor *t)
{
    const int64_t n = dl_tensor_count(t);
    double *v = values_of(t), sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    free(v);
    return sqrt(sum / (double)n);
}

/* Fans are those of a convolution: places do not count. */
static void local_layers_are_initialised_as_a_convolution_at_each_place(void **state)
{
    dl_ctx *ctx = *state;
    const struct {
        int32_t init;
        double weight, bias;
    } ways[] = {{0, sqrt(2 / (8.0 * 9)), 0},
                {DL_INIT_HE_NORMAL_OUT, sqrt(2 / (20.0 * 9)), 0},
                {DL_INIT_GLOROT_UNIFORM, sqrt(2 / (28.0 * 9)), 0},
                {DL_INIT_ORTHOGONAL, 1 / sqrt(72), 0},
                {DL_INIT_PYTORCH, 1 / sqrt(3 * 72.0), 1 / sqrt(3 * 72.0)}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const dl_layer_opts o = {.init = ways[i].init};
        dl_module *m = dl_layer_local2d(ctx, 8, 20, DL_SIZES(8), DL_KERNEL(3), NULL, &o);
        dl_tensor *w = dl_module_tensor(m, "weight"), *b = dl_module_tensor(m, "bias");
        assert_true(fabs(deviation(w) / ways[i].weight - 1) < 0.03);
        assert_true(fabs(deviation(b) - ways[i].bias) <= 0.06 * ways[i].bias);
        dl_tensor *here = dl_slice(w, 5, 0, 1, 1), *there = dl_slice(w, 5, 1, 2, 1);
        assert_true(deviation(dl_sub(here, there)) > ways[i].weight); /* each its own */
        dl_module_drop(m);
    }
}

static void local_layers_refuse_what_means_nothing(void **state)
{
    dl_ctx *ctx = *state;
#define REFUSED(code, in, sizes, kernel, conv, opts, what)                                         \
    assert_null(dl_layer_local2d(ctx, in, 3, sizes, kernel, conv, opts));                          \
    expect_error(ctx, code, "local2d: " what)
    const dl_conv_opts groups = {.groups = 3}, wrong = {.reserved = {1}};
    const dl_layer_opts init = {.init = 99};
    REFUSED(DL_EINVAL, 0, DL_SIZES(4), DL_KERNEL(3), NULL, NULL, "0 inputs and 3 outputs");
    REFUSED(DL_EINVAL, 3, NULL, DL_KERNEL(3), NULL, NULL, "size is 0 along spatial axis 0");
    REFUSED(DL_EINVAL, 3, DL_SIZES(4, -4), DL_KERNEL(3), NULL, NULL, "size is -4 along");
    REFUSED(DL_EINVAL, 3, DL_SIZES(4), NULL, NULL, NULL, "kernel is 0 along spatial axis 0");
    REFUSED(DL_EINVAL, 3, DL_SIZES(4), DL_KERNEL(3), &groups, NULL, "groups is 3, wanted 1");
    REFUSED(DL_EINVAL, 3, DL_SIZES(4), DL_KERNEL(3), &wrong, NULL, "a reserved option is set");
    REFUSED(DL_EINVAL, 3, DL_SIZES(4), DL_KERNEL(3), NULL, &init, "init is 99");
    REFUSED(DL_ESHAPE, 3, DL_SIZES(4), DL_KERNEL(5), NULL, NULL, "a kernel of 5 has no places");
    assert_null(dl_layer_local1d(NULL, 1, 1, DL_SIZES(4), DL_KERNEL(3), NULL, NULL));
    dl_module *m = make1(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 7));
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESHAPE, "local1d: the weight is [4, 3, 3, 4], wanted places [5]");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_layers_do_what_every_layer_does),
        with_ctx(local_layers_give_the_bits_of_the_operation),
        with_ctx(local_layers_are_initialised_as_a_convolution_at_each_place),
        with_ctx(local_layers_refuse_what_means_nothing),
    };
    return cmocka_run_group_tests_name("local layers", tests, NULL, NULL);
}
