#include <math.h>
#include <stdlib.h>
#include "core/ctx.h"
#include "dl/grad.h"
#include "dl/init.h"
#include "dl/ops.h"
#include "layer_check.h"

/* Mean and variance of all elements, the smallest and the largest. */
typedef struct moments {
    double mean, variance, low, high;
} moments;

static moments measure(const dl_tensor *t)
{
    double *v = values_of(t), n = (double)dl_tensor_count(t);
    moments m = {0, 0, v[0], v[0]};
    for (int64_t i = 0; i < (int64_t)n; i++) {
        m.mean += v[i] / n;
        m.low = fmin(m.low, v[i]);
        m.high = fmax(m.high, v[i]);
    }
    for (int64_t i = 0; i < (int64_t)n; i++)
        m.variance += (v[i] - m.mean) * (v[i] - m.mean) / n;
    free(v);
    return m;
}

static dl_tensor *blank(dl_ctx *ctx, dl_dtype dt, int64_t out, int64_t in)
{
    return dl_tensor_give(dl_tensor_zeros(ctx, dt, DL_SHAPE(out, in)));
}

static void near(double found, double wanted, double relative)
{
    if (!(fabs(found - wanted) <= relative * fabs(wanted))) {
        print_error("found %f, wanted %f\n", found, wanted);
        fail();
    }
}

static void distributions_have_the_moments_they_are_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *t = blank(ctx, dt, 200, 300);
        assert_int_equal(dl_init_uniform(t, -1, 3), DL_OK);
        moments m = measure(t);
        near(m.mean, 1, 0.03);
        near(m.variance, 16.0 / 12, 0.03);
        assert_true(m.low >= -1 && m.low < -0.99 && m.high <= 3 && m.high > 2.99);
        assert_int_equal(dl_init_normal(t, 2, 0.5), DL_OK);
        m = measure(t);
        near(m.mean, 2, 0.01);
        near(m.variance, 0.25, 0.03);
        assert_int_equal(dl_init_constant(t, 0.25), DL_OK);
        m = measure(t);
        assert_true(m.low == 0.25 && m.high == 0.25);
    }
}

static void truncated_normal_stays_inside_and_keeps_its_shape(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = blank(ctx, DL_F64, 100, 300);
    assert_int_equal(dl_init_trunc_normal(t, 1, 0.5, 0, 2), DL_OK);
    moments m = measure(t);
    assert_true(m.low >= 0 && m.high <= 2);
    near(m.mean, 1, 0.02);
    near(m.variance, 0.25 * 0.7737, 0.03); /* of a normal cut at two deviations */
    /* Far out in one tail: mean of the standard normal beyond 5 is 5.1865. */
    assert_int_equal(dl_init_trunc_normal(t, 0, 1, 5, INFINITY), DL_OK);
    m = measure(t);
    assert_true(m.low >= 5);
    near(m.mean, 5.1865, 0.003);
    assert_int_equal(dl_init_trunc_normal(t, 0, 1, -INFINITY, -5), DL_OK);
    near(measure(t).mean, -5.1865, 0.003);
    assert_int_equal(dl_init_trunc_normal(t, 0, 1, -INFINITY, INFINITY), DL_OK);
    near(measure(t).variance, 1, 0.03);
}

static void scaled_methods_use_the_fans_of_pytorch(void **state)
{
    dl_ctx *ctx = *state;
    /* [out, in, k, k]: fan_in 10 * 9, fan_out 400 * 9. */
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(400, 10, 3, 3)));
    const dl_init_opts out = {.fan = DL_FAN_OUT}, uniform = {.uniform = 1}, gain = {.gain = 3};
    assert_int_equal(dl_init_he(t, NULL), DL_OK);
    near(measure(t).variance, 2.0 / 90, 0.03);
    assert_int_equal(dl_init_he(t, &out), DL_OK);
    near(measure(t).variance, 2.0 / 3600, 0.03);
    assert_int_equal(dl_init_he(t, &gain), DL_OK);
    near(measure(t).variance, 9.0 / 90, 0.03);
    assert_int_equal(dl_init_glorot(t, NULL), DL_OK);
    near(measure(t).variance, 2.0 / 3690, 0.03);
    assert_int_equal(dl_init_lecun(t, NULL), DL_OK);
    near(measure(t).variance, 1.0 / 90, 0.03);
    assert_int_equal(dl_init_he(t, &uniform), DL_OK);
    moments m = measure(t);
    near(m.variance, 2.0 / 90, 0.03);
    near(m.high, sqrt(6.0 / 90), 0.01);
    near(m.low, -sqrt(6.0 / 90), 0.01);
}

static void methods_of_layers_do_what_they_say(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *w = blank(ctx, DL_F32, 100, 300);
    dl_tensor *b = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(100)));
    const double variance[] = {2.0 / 300, 2.0 / 300, 2.0 / 300, 2.0 / 400,       2.0 / 400,
                               1.0 / 300, 1.0 / 300, 1.0 / 300, 0.0004 * 0.7737, 1.0 / 900};
    for (int32_t method = DL_INIT_DEFAULT; method <= DL_INIT_PYTORCH; method++) {
        assert_int_equal(dl_init_layer(w, b, method), DL_OK);
        near(measure(w).variance, variance[method], 0.04);
        moments m = measure(b);
        if (method == DL_INIT_PYTORCH)
            assert_true(m.high > 0.05 && m.high <= 1 / sqrt(300) && m.low < -0.05);
        else
            assert_true(m.low == 0 && m.high == 0);
    }
    assert_int_equal(dl_init_layer(w, NULL, DL_INIT_ZEROS), DL_OK);
    assert_true(measure(w).high == 0);
    assert_int_equal(dl_init_layer(w, b, DL_INIT_HE_NORMAL_OUT), DL_OK);
    near(measure(w).variance, 2.0 / 100, 0.04);
    assert_true(measure(b).low == 0 && measure(b).high == 0);
    assert_int_equal(dl_init_layer(w, NULL, 12), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "method is 12");
}

/* w w^T, or w^T w of a tall w, is gain^2 times the identity. */
static void check_orthogonal(dl_ctx *ctx, int64_t rows, int64_t cols, double gain)
{
    dl_tensor *w = blank(ctx, DL_F64, rows, cols);
    assert_int_equal(dl_init_orthogonal(w, gain), DL_OK);
    dl_tensor *t = dl_transpose(w, 0, 1);
    dl_tensor *square = rows <= cols ? dl_matmul(w, t) : dl_matmul(t, w);
    int64_t n = rows <= cols ? rows : cols;
    dl_tensor *eye = dl_tensor_give(dl_tensor_eye(ctx, DL_F64, n, n));
    assert_tensors_close(square, dl_scale(eye, gain * gain), 1e-13);
}

static void orthogonal_matrices_are_orthogonal(void **state)
{
    dl_ctx *ctx = *state;
    check_orthogonal(ctx, 1, 1, 1);
    check_orthogonal(ctx, 40, 40, 1);
    check_orthogonal(ctx, 7, 33, 2);
    check_orthogonal(ctx, 33, 7, 1);
    dl_tensor *conv = dl_tensor_give(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(4, 3, 2, 2)));
    assert_int_equal(dl_init_orthogonal(conv, 0), DL_OK);
    dl_tensor *w = dl_reshape(conv, DL_SHAPE(4, 12));
    dl_tensor *eye = dl_tensor_give(dl_tensor_eye(ctx, DL_F64, 4, 4));
    assert_tensors_close(dl_matmul(w, dl_transpose(w, 0, 1)), eye, 1e-13);
    dl_tensor *empty = blank(ctx, DL_F64, 0, 5);
    assert_int_equal(dl_init_orthogonal(empty, 1), DL_OK);
}

/* The layout of the memory and the number of threads change nothing. */
static void numbers_depend_on_seed_and_count_of_fills_alone(void **state)
{
    (void)state;
    dl_tensor *first[10] = {NULL};
    dl_ctx *one = make_ctx(1);
    for (int32_t method = 0; method <= DL_INIT_PYTORCH; method++) {
        first[method] = blank(one, DL_F32, 50, 700);
        assert_int_equal(dl_init_layer(first[method], NULL, method), DL_OK);
    }
    dl_ctx *four = make_ctx(4);
    for (int32_t method = 0; method <= DL_INIT_PYTORCH; method++) {
        dl_tensor *t = dl_transpose(blank(four, DL_F32, 700, 50), 0, 1);
        assert_int_equal(dl_init_layer(t, NULL, method), DL_OK);
        assert_same_bits(first[method], t);
    }
    dl_tensor *again = blank(four, DL_F32, 50, 700);
    assert_int_equal(dl_init_he(again, NULL), DL_OK);
    double *a = values_of(again), *b = values_of(first[0]);
    assert_true(a[0] != b[0]);
    free(a);
    free(b);
    end_ctx(four);
    end_ctx(one);
}

static void meta_tensors_are_left_alone_and_draw_nothing(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t fills = ctx->fills;
    dl_meta_enable(ctx, 1);
    dl_tensor *t = blank(ctx, DL_F32, 1 << 20, 1 << 20);
    for (int32_t method = 0; method <= DL_INIT_HE_NORMAL_OUT; method++)
        assert_int_equal(dl_init_layer(t, NULL, method), DL_OK);
    dl_meta_enable(ctx, 0);
    assert_int_equal(ctx->fills, fills);
}

static void initialisers_refuse_what_makes_no_sense(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = blank(ctx, DL_F32, 3, 4), *line = dl_select(t, 0, 0);
    dl_tensor *labels = blank(ctx, DL_I64, 3, 4);
    static const struct {
        dl_init_opts o;
        const char *part;
    } wrong[] = {
        {{.gain = -1}, "init_he: gain is -1"},           {{.gain = NAN}, "gain is nan"},
        {{.uniform = 2}, "init_he: uniform is 2"},       {{.fan = 2}, "init_he: fan is 2"},
        {{.reserved = {1}}, "a reserved option is set"},
    };
    for (int i = 0; i < 5; i++) {
        assert_int_equal(dl_init_he(t, &wrong[i].o), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_int_equal(dl_init_uniform(t, 2, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "init_uniform: 2 and 1");
    assert_int_equal(dl_init_uniform(t, 0, INFINITY), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "both finite");
    assert_int_equal(dl_init_normal(t, 0, -1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "deviation >= 0");
    assert_int_equal(dl_init_trunc_normal(t, 0, 0, -1, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "deviation > 0");
    assert_int_equal(dl_init_trunc_normal(t, 0, 1, 1, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "low < high");
    assert_int_equal(dl_init_trunc_normal(t, 0, 1e-9, 1, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "a million deviations");
    assert_int_equal(dl_init_orthogonal(t, -1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "gain is -1");
    assert_int_equal(dl_init_glorot(line, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "init_glorot: the tensor has 1 axes");
    assert_int_equal(dl_init_orthogonal(line, 1), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "init_orthogonal");
    assert_int_equal(dl_init_normal(labels, 0, 1), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "is i64");
    assert_int_equal(dl_init_normal(NULL, 0, 1), DL_EINVAL);
    assert_int_equal(dl_init_layer(NULL, NULL, 0), DL_EINVAL);
    expect_ok(ctx);
}

static dl_status fill_all_ways(dl_ctx *ctx, void *user)
{
    for (int32_t method = 0; method <= DL_INIT_HE_NORMAL_OUT; method++)
        if (dl_init_layer(user, NULL, method) != DL_OK)
            return dl_ctx_status(ctx);
    return DL_OK;
}

static void initialisers_survive_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_transpose(blank(ctx, DL_F32, 5, 3), 0, 1);
    assert_true(fault_loop(ctx, fill_all_ways, NULL, t) > 0);
}

/* The variance after each of 50 layers of a ReLU net, relative to the first, with He's weights. */
static void fifty_relu_layers_keep_the_variance(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *layer[100];
    for (int i = 0; i < 100; i += 2) {
        layer[i] = dl_layer_dense(ctx, 512, 512, NULL);
        layer[i + 1] = dl_layer_relu(ctx);
    }
    dl_module *net = dl_layer_sequential(ctx, layer, 100);
    dl_grad_enable(ctx, 0);
    dl_tensor *x = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(64, 512)));
    double start = 0;
    for (int i = 0; i < 100; i++) {
        x = run_layer(layer[i], x);
        if (i % 2)
            continue;
        double variance = measure(x).variance; /* of what goes into a ReLU */
        start = i ? start : variance;
        assert_true(variance / start >= 0.5 && variance / start <= 2);
    }
    dl_grad_enable(ctx, 1);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(distributions_have_the_moments_they_are_asked_for),
        with_ctx(truncated_normal_stays_inside_and_keeps_its_shape),
        with_ctx(scaled_methods_use_the_fans_of_pytorch),
        with_ctx(methods_of_layers_do_what_they_say),
        with_ctx(orthogonal_matrices_are_orthogonal),
        cmocka_unit_test(numbers_depend_on_seed_and_count_of_fills_alone),
        with_ctx(meta_tensors_are_left_alone_and_draw_nothing),
        with_ctx(initialisers_refuse_what_makes_no_sense),
        with_ctx(initialisers_survive_short_memory),
        with_ctx(fifty_relu_layers_keep_the_variance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
