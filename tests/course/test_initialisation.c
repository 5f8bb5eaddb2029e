/* Initialisation: the variance of signals and gradients through deep nets. */
#include <math.h>
#include <stdlib.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/support.h"

enum { DEPTH = 50, ROWS = 64 };

static double mean_of(const dl_tensor *t)
{
    double *v = values_of(t), sum = 0;
    const int64_t n = dl_tensor_count(t);
    for (int64_t i = 0; i < n; i++)
        sum += v[i];
    free(v);
    return sum / (double)n;
}

static double variance_of(const dl_tensor *t)
{
    double *v = values_of(t), sum = 0;
    const double mean = mean_of(t);
    const int64_t n = dl_tensor_count(t);
    for (int64_t i = 0; i < n; i++)
        sum += (v[i] - mean) * (v[i] - mean);
    free(v);
    return sum / (double)n;
}

/* How many of a hundred lie where tanh is flat. */
static double saturated(const dl_tensor *t)
{
    double *v = values_of(t), sum = 0;
    const int64_t n = dl_tensor_count(t);
    for (int64_t i = 0; i < n; i++)
        sum += fabs(v[i]) > 0.99;
    free(v);
    return 100 * sum / (double)n;
}

static dl_tensor *normal(dl_ctx *ctx, int64_t width)
{
    return dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(ROWS, width)));
}

typedef dl_tensor *(*activation)(dl_tensor *x);
static dl_tensor *none(dl_tensor *x)
{
    return x;
}

/* z[i], what goes into activation i, of layers of this initialisation, whose weights are then times
 * gain. */
static void run(dl_ctx *ctx, int32_t init, double gain, activation f, int64_t width, int depth,
                dl_tensor **z)
{
    dl_tensor *x = normal(ctx, width);
    for (int i = 0; i < depth; i++) {
        dl_module *m = dl_layer_dense(ctx, width, width, &(dl_layer_opts){.init = init});
        dl_tensor *w = dl_scale(dl_module_param(m, 0), gain);
        z[i] = dl_linear(x, w, dl_module_param(m, 1));
        x = f(z[i]);
        dl_module_drop(m);
    }
    expect_ok(ctx);
}

static void stays(dl_tensor *const *t, int n, int first)
{
    const double start = variance_of(t[first]);
    for (int i = 0; i < n; i++) {
        const double ratio = variance_of(t[i]) / start;
        if (!(ratio >= 0.5 && ratio <= 2))
            fail_msg("the variance of %d is %g times that of %d", i, ratio, first);
    }
}

/* He's rule for ReLU, He et al., ICCV 2015: signals on the way there, gradients on the way back. */
static void fifty_relu_layers_keep_the_variance_of_signals_and_of_gradients(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z[DEPTH], *dz[DEPTH];
    run(ctx, DL_INIT_DEFAULT, 1, dl_relu, 512, DEPTH, z);
    stays(z, DEPTH, 0);
    dl_tensor *seed = normal(ctx, 512);
    assert_int_equal(dl_gradients(&z[DEPTH - 1], &seed, 1, z, DEPTH - 1, DL_GRAPH_RELEASE, dz),
                     DL_OK);
    stays(dz, DEPTH - 1, DEPTH - 2);
}

/* Half of what ReLU gets is lost, so Glorot's rule, which is for tanh, halves it at every layer,
 * and PyTorch's own, a third of 1 / fan_in, leaves a sixth and then its biases alone. */
static void other_rules_lose_the_signal_of_relu(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z[DEPTH];
    run(ctx, DL_INIT_GLOROT_NORMAL, 1, dl_relu, 256, 20, z);
    const double ratio = variance_of(z[19]) / variance_of(z[0]);
    assert_true(ratio > pow(0.5, 19) / 4 && ratio < pow(0.5, 19) * 4);
    run(ctx, DL_INIT_PYTORCH, 1, dl_relu, 256, 10, z);
    assert_true(variance_of(z[1]) / variance_of(z[0]) < 0.2);
    assert_true(variance_of(z[9]) / variance_of(z[0]) < 0.02);
}

/* Glorot and Bengio, AISTATS 2010. */
static void glorot_keeps_tanh_from_saturating_and_from_vanishing(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z[10], *dz[10], *seed = normal(ctx, 256);
    run(ctx, DL_INIT_GLOROT_NORMAL, 1, dl_tanh, 256, 10, z);
    assert_true(variance_of(z[9]) > 0.05 && saturated(dl_tanh(z[9])) < 1);
    dl_gradients(&z[9], &seed, 1, z, 9, DL_GRAPH_RELEASE, dz);
    assert_true(variance_of(dz[0]) > 0.05 && variance_of(dz[0]) < 2);
    run(ctx, DL_INIT_GLOROT_NORMAL, 20, dl_tanh, 256, 10,
        z); /* too large: flat, and no gradient ... */
    assert_true(saturated(dl_tanh(z[9])) > 80);
    run(ctx, DL_INIT_GLOROT_NORMAL, 0.1, dl_tanh, 256, 10, z); /* too small: all is 0 */
    assert_true(variance_of(z[9]) < 1e-15);
    dl_gradients(&z[9], &seed, 1, z, 9, DL_GRAPH_RELEASE, dz);
    assert_true(variance_of(dz[0]) < 1e-15);
}

/* LeCun et al., Efficient BackProp, 1998; with SELU, Klambauer et al., NIPS 2017: from any
 * variance nearby back to 1, mean 0. */
static void lecun_keeps_the_variance_without_an_activation_and_of_selu(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z[DEPTH];
    run(ctx, DL_INIT_LECUN_NORMAL, 1, none, 256, 20, z);
    stays(z, 20, 0);
    run(ctx, DL_INIT_LECUN_NORMAL, 1, dl_selu, 256, DEPTH, z);
    stays(z, DEPTH, 0);
    dl_tensor *y = dl_selu(z[DEPTH - 1]);
    assert_true(fabs(mean_of(y)) < 0.1 && fabs(variance_of(y) - 1) < 0.2);
}

/* Saxe et al., ICLR 2014: no variance to keep, but every length. */
static void orthogonal_layers_keep_every_length_exactly(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z[10];
    run(ctx, DL_INIT_ORTHOGONAL, 1, none, 128, 10, z);
    dl_tensor *a = dl_norm(z[0], 2, (int32_t[]){1}, 1, 0);
    assert_tensors_close(dl_div(dl_norm(z[9], 2, (int32_t[]){1}, 1, 0), a),
                         dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(ROWS))), 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(fifty_relu_layers_keep_the_variance_of_signals_and_of_gradients),
        with_ctx(other_rules_lose_the_signal_of_relu),
        with_ctx(glorot_keeps_tanh_from_saturating_and_from_vanishing),
        with_ctx(lecun_keeps_the_variance_without_an_activation_and_of_selu),
        with_ctx(orthogonal_layers_keep_every_length_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
