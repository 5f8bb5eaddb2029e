/* Batch normalization: which statistics it uses when, and what it makes of the weights before it.
 * Ioffe and Szegedy, ICML 2015. */
#include <math.h>
#include <stdlib.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "dl/train.h"
#include "support/support.h"

enum { BATCHES = 6, M = 8, N = BATCHES * M, C = 3, HIDDEN = 7 };

/* Mean and biased variance of every channel of x [n, C], in two passes. */
static void moments(const double *x, int n, double *mean, double *var)
{
    for (int c = 0; c < C; c++) {
        mean[c] = var[c] = 0;
        for (int i = 0; i < n; i++)
            mean[c] += x[i * C + c] / n;
        for (int i = 0; i < n; i++)
            var[c] += (x[i * C + c] - mean[c]) * (x[i * C + c] - mean[c]) / n;
    }
}

static void run_batches(dl_ctx *ctx, dl_module *m, const double *x, int size)
{
    for (int i = 0; i < N; i += size)
        dl_module_forward(m, tensor_of(ctx, DL_F64, x + (ptrdiff_t)i * C, DL_SHAPE(size, C)));
    expect_ok(ctx);
}

/* Normalises with the biased variance, eps inside the root; keeps the unbiased one. */
static void
a_batch_is_normalised_by_its_biased_variance_and_remembered_by_the_unbiased(void **state)
{
    dl_ctx *ctx = *state;
    const double eps = 0.3;
    double mean[C], var[C], wanted[M * C];
    dl_module *m = dl_layer_batchnorm1d(ctx, C, &(dl_norm_opts){.eps = eps, .momentum = 0.25});
    dl_tensor *t = random_tensor(ctx, DL_F64, 1, DL_SHAPE(M, C));
    double *x = values_of(t);
    moments(x, M, mean, var);
    for (int i = 0; i < M * C; i++)
        wanted[i] = (x[i] - mean[i % C]) / sqrt(var[i % C] + eps);
    assert_close(dl_module_forward(m, t), wanted, M * C, 1e-14);
    for (int c = 0; c < C; c++) {
        mean[c] *= 0.25;
        var[c] = 0.75 * 1 + 0.25 * var[c] * M / (M - 1);
    }
    assert_close(dl_module_tensor(m, "running_mean"), mean, C, 1e-14);
    assert_close(dl_module_tensor(m, "running_var"), var, C, 1e-14);
    free(x);
    dl_module_drop(m);
}

/* Equal batches: the average of their means is the mean of all; of their variances it is not the
 * variance of all, which has that of the means on top. dl_bn_recalibrate has both. */
static void averages_over_batches_lack_the_variance_between_them(void **state)
{
    dl_ctx *ctx = *state;
    double mean[C], var[C], batch_mean[BATCHES][C], batch_var[BATCHES][C];
    double *x = values_of(random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, C)));
    moments(x, N, mean, var);
    dl_module *m = dl_layer_batchnorm1d(ctx, C, &(dl_norm_opts){.cumulative = 1});
    run_batches(ctx, m, x, M);
    assert_close(dl_module_tensor(m, "running_mean"), mean, C, 1e-14);
    double *kept = values_of(dl_module_tensor(m, "running_var")), between[C] = {0};
    for (int k = 0; k < BATCHES; k++) {
        moments(x + (ptrdiff_t)k * M * C, M, batch_mean[k], batch_var[k]);
        for (int c = 0; c < C; c++)
            between[c] += pow(batch_mean[k][c] - mean[c], 2) / BATCHES;
    }
    for (int c = 0; c < C; c++) {
        assert_true(between[c] > 1e-4);
        assert_true(fabs(kept[c] * (M - 1) / M + between[c] - var[c]) < 1e-14);
    }
    free(kept);
    dl_module_drop(m);
    m = dl_layer_batchnorm1d(ctx, C, NULL);
    dl_tensor *all = tensor_of(ctx, DL_F64, x, DL_SHAPE(N, C));
    dl_dataset *d = dl_dataset_tensors(&all, 1);
    assert_int_equal(dl_bn_recalibrate(m, d, 0, M), 1);
    for (int c = 0; c < C; c++)
        var[c] *= (double)N / (N - 1);
    assert_close(dl_module_tensor(m, "running_mean"), mean, C, 1e-14);
    assert_close(dl_module_tensor(m, "running_var"), var, C, 1e-14);
    free(x);
    dl_dataset_drop(d);
    dl_module_drop(m);
}

/* ... and then an example's result does not depend on those beside it. */
static void evaluation_uses_the_statistics_of_all_and_training_those_of_the_batch(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(N, C));
    dl_module *m = dl_layer_batchnorm1d(ctx, C, NULL);
    dl_tensor *few = dl_slice(x, 0, 0, 4, 1);
    dl_tensor *a = dl_slice(dl_module_forward(m, x), 0, 0, 4, 1), *b = dl_module_forward(m, few);
    double apart = dl_tensor_item(dl_max(dl_abs(dl_sub(a, b)), NULL, 0, 0));
    assert_true(apart > 0.01);
    dl_module_train(m, 0);
    assert_same_bits(dl_slice(dl_module_forward(m, x), 0, 0, 4, 1), dl_module_forward(m, few));
    dl_module_drop(m);
}

static void one_value_of_a_channel_is_an_error_in_training_and_never_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_batchnorm1d(ctx, C, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F64, 4, DL_SHAPE(1, C));
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ESHAPE, "batch_norm: ");
    assert_values(dl_module_tensor(m, "running_mean"), 0, 0, 0);
    assert_non_null(dl_module_forward(m, random_tensor(ctx, DL_F64, 4, DL_SHAPE(1, C, 2))));
    dl_module_train(m, 0);
    double *y = values_of(dl_module_forward(m, x));
    for (int c = 0; c < C; c++)
        assert_true(isfinite(y[c]));
    free(y);
    dl_module_drop(m);
}

/* ---- what it makes of the weights before it -------------------------------------------------- */

/* Dense, batch norm without eps, tanh, dense; the first weights and bias are times a. */
static dl_module *make(dl_ctx *ctx, double a)
{
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, C, HIDDEN, NULL),
                       dl_layer_batchnorm1d(ctx, HIDDEN, &(dl_norm_opts){.eps = DL_OFF}),
                       dl_layer_tanh(ctx), dl_layer_dense(ctx, HIDDEN, 2, NULL)));
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        dl_tensor *p = dl_module_param(m, i);
        dl_tensor *v = random_tensor(ctx, DL_F64, (uint64_t)i + 10, p->dims, p->ndim);
        dl_tensor_copy(p, dl_scale(v, i < 2 ? a : 1));
    }
    expect_ok(ctx);
    return m;
}

static double loss_of(dl_ctx *ctx, dl_module *m)
{
    dl_tensor *x = random_tensor(ctx, DL_F64, 5, DL_SHAPE(N, C));
    dl_tensor *loss =
        dl_mse(dl_module_forward(m, x), random_tensor(ctx, DL_F64, 6, DL_SHAPE(N, 2)), NULL);
    const double value = dl_tensor_item(loss);
    dl_module_zero_grad(m);
    dl_backward(loss);
    expect_ok(ctx);
    return value;
}

/* f(a W) = f(W), so the gradient at a W is 1 / a of that at W, and has no part along W. */
static void the_scale_of_the_weights_before_does_not_matter(void **state)
{
    dl_ctx *ctx = *state;
    const double a = 3;
    dl_module *small = make(ctx, 1), *large = make(ctx, a);
    assert_true(fabs(loss_of(ctx, small) - loss_of(ctx, large)) < 1e-14);
    dl_tensor *w = dl_module_param(small, 0), *dw = dl_grad(w);
    assert_tensors_close(dw, dl_scale(dl_grad(dl_module_param(large, 0)), a), 1e-14);
    assert_true(dl_tensor_item(dl_norm(dw, 2, NULL, 0, 0)) > 0.01);
    assert_true(fabs(dl_tensor_item(dl_sum(dl_mul(w, dw), NULL, 0, 0))) < 1e-14);
    /* The mean is subtracted: a bias before it does nothing and learns nothing. */
    const double zeros[HIDDEN] = {0};
    assert_close(dl_grad(dl_module_param(small, 1)), zeros, HIDDEN, 1e-14);
    dl_module_drop(small);
    dl_module_drop(large);
}

/* With a^2 times the rate, weights that are a times as large stay so: it is the same training. */
static void training_is_the_same_from_weights_of_any_scale(void **state)
{
    dl_ctx *ctx = *state;
    const double a = 3;
    dl_module *net[2] = {make(ctx, 1), make(ctx, a)};
    double first = 0, loss[2] = {0};
    dl_optim *o[2];
    for (int k = 0; k < 2; k++) {
        o[k] = dl_optim_sgd(net[k], &(dl_sgd_opts){.lr = 0.1});
        dl_optim_group(o[k], "0.weight", k ? a * a : 1, 0);
    }
    for (int step = 0; step < 20; step++) {
        for (int k = 0; k < 2; k++) {
            loss[k] = loss_of(ctx, net[k]);
            assert_int_equal(dl_optim_step(o[k]), DL_OK);
        }
        first = step ? first : loss[0];
        assert_true(fabs(loss[0] - loss[1]) < 1e-12);
    }
    assert_true(loss[0] < 0.9 * first);
    assert_tensors_close(dl_scale(dl_module_param(net[0], 0), a), dl_module_param(net[1], 0),
                         1e-11);
    for (int k = 0; k < 2; k++) {
        dl_optim_drop(o[k]);
        dl_module_drop(net[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_f64(a_batch_is_normalised_by_its_biased_variance_and_remembered_by_the_unbiased),
        with_f64(averages_over_batches_lack_the_variance_between_them),
        with_f64(evaluation_uses_the_statistics_of_all_and_training_those_of_the_batch),
        with_f64(one_value_of_a_channel_is_an_error_in_training_and_never_nan),
        with_f64(the_scale_of_the_weights_before_does_not_matter),
        with_f64(training_is_the_same_from_weights_of_any_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
