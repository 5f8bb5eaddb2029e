/* Backpropagation: through a net of two layers it gives the formulas of the book, and through a net
 * of all kinds of dense layers what differences give. */
#include <math.h>
#include <stdlib.h>
#include "dl/layers.h"
#include "dl/losses.h"
#include "dl/ops.h"
#include "support/support.h"

enum { N = 5, D = 3, H = 4, C = 2 };

/* Mean over examples of sum_c (y - t)^2 with y = W2 s(W1 x + b1) + b2, s the logistic function, and
 * its gradients, written out:
 *     e = 2 (y - t) / N      dW2 = e h^T    db2 = e
 *     d = (W2^T e) h (1 - h) dW1 = d x^T    db1 = d */
static double by_hand(const double *x, const double *t, double *const *w, double *const *dw)
{
    double loss = 0;
    for (int n = 0; n < N; n++) {
        double h[H], e[C], d[H] = {0};
        for (int i = 0; i < H; i++) {
            double z = w[1][i];
            for (int k = 0; k < D; k++)
                z += w[0][i * D + k] * x[n * D + k];
            h[i] = 1 / (1 + exp(-z));
        }
        for (int c = 0; c < C; c++) {
            double y = w[3][c];
            for (int i = 0; i < H; i++)
                y += w[2][c * H + i] * h[i];
            loss += (y - t[n * C + c]) * (y - t[n * C + c]) / N;
            e[c] = 2 * (y - t[n * C + c]) / N;
            dw[3][c] += e[c];
            for (int i = 0; i < H; i++) {
                dw[2][c * H + i] += e[c] * h[i];
                d[i] += w[2][c * H + i] * e[c] * h[i] * (1 - h[i]);
            }
        }
        for (int i = 0; i < H; i++) {
            dw[1][i] += d[i];
            for (int k = 0; k < D; k++)
                dw[0][i * D + k] += d[i] * x[n * D + k];
        }
    }
    return loss;
}

static void two_layers_have_the_gradients_that_are_derived_by_hand(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, D, H, NULL), dl_layer_sigmoid(ctx),
                                           dl_layer_dense(ctx, H, C, NULL)));
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, D));
    dl_tensor *t = random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, C));
    double *w[4], *dw[4], *xs = values_of(x), *ts = values_of(t);
    for (int32_t i = 0; i < 4; i++) {
        dl_tensor *p = dl_module_param(net, i);
        dl_tensor_copy(p, random_tensor(ctx, DL_F64, (uint64_t)i + 3, p->dims, p->ndim));
        w[i] = values_of(p);
        dw[i] = calloc((size_t)dl_tensor_count(p), sizeof **dw);
    }
    const double wanted = by_hand(xs, ts, w, dw);
    dl_tensor *loss =
        dl_mse(dl_module_forward(net, x), t, &(dl_loss_opts){.reduction = DL_REDUCE_BATCH_MEAN});
    assert_close(loss, &wanted, 1, 1e-14);
    assert_int_equal(dl_backward(loss), DL_OK);
    for (int32_t i = 0; i < 4; i++) {
        dl_tensor *p = dl_module_param(net, i);
        assert_close(dl_grad(p), dw[i], dl_tensor_count(p), 1e-14);
        free(w[i]);
        free(dw[i]);
    }
    free(xs);
    free(ts);
    dl_module_drop(net);
}

/* ---- differences ----------------------------------------------------------------------------- */

/* An embedding of 5 words, all layers that smooth functions make, batch and layer norm, dropout,
 * branches. Softplus and tanh are smooth where ReLU has kinks that differences would step over. */
static dl_module *everything(dl_ctx *ctx)
{
    dl_module *branch[] = {
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 8, 3, NULL), dl_layer_selu(ctx),
                                           dl_layer_gelu(ctx, 1), dl_layer_logsigmoid(ctx))),
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 8, 3, NULL), dl_layer_mish(ctx),
                                           dl_layer_silu(ctx), dl_layer_elu(ctx, 1))),
    };
    dl_module *body = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 6, 12, NULL), dl_layer_glu(ctx, -1),
                       dl_layer_layernorm(ctx, DL_SHAPE(6), NULL), dl_layer_softsign(ctx)));
    const double mean[] = {0.1}, std[] = {0.5};
    return dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_embedding(ctx, 5, 4, NULL), dl_layer_flatten(ctx),
                  dl_layer_normalize(ctx, mean, std, 1), dl_layer_dense(ctx, 8, 8, NULL),
                  dl_layer_batchnorm1d(ctx, 8, NULL), dl_layer_celu(ctx, 1.5),
                  dl_layer_dropout(ctx, 0.3, NULL), dl_layer_parallel(ctx, branch, 2, 1),
                  dl_layer_residual(ctx, body, NULL), dl_layer_gelu(ctx, 0), dl_layer_identity(ctx),
                  dl_layer_sigmoid(ctx), dl_layer_softplus(ctx, 1, 20),
                  dl_layer_dense(ctx, 6, C, &(dl_layer_opts){.no_bias = 1}), dl_layer_tanh(ctx)));
}

/* Layers with kinks, at values that are away from them. */
static dl_module *with_kinks(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_embedding(ctx, 5, 4, NULL), dl_layer_flatten(ctx),
                       dl_layer_dense(ctx, 8, 6, NULL), dl_layer_prelu(ctx, 6),
                       dl_layer_leaky_relu(ctx, 0.1), dl_layer_dense(ctx, 6, 6, NULL),
                       dl_layer_hardtanh(ctx, -1, 1), dl_layer_relu(ctx),
                       dl_layer_dense(ctx, 6, 6, NULL), dl_layer_hardswish(ctx),
                       dl_layer_hardsigmoid(ctx), dl_layer_relu6(ctx),
                       dl_layer_dense(ctx, 6, C, NULL), dl_layer_log_softmax(ctx, 1)));
}

typedef struct check {
    dl_module *net;
    dl_tensor *words, *target;
} check;

/* The parameters are tracked leaves, which the net reads wherever they are. */
static dl_tensor *loss_of(dl_tensor *const *in, int32_t n, void *user)
{
    const check *c = user;
    (void)in, (void)n;
    return dl_cross_entropy(dl_module_forward(c->net, c->words), c->target, NULL);
}

static void check_net(dl_ctx *ctx, dl_module *(*make)(dl_ctx *ctx))
{
    dl_module *net = make(ctx);
    expect_ok(ctx);
    check c = {net, make_tensor(ctx, DL_I64, DL_SHAPE(N, 2), 0, 1, 2, 3, 4, 4, 1, 0, 2, 2),
               make_tensor(ctx, DL_I64, DL_SHAPE(N), 0, 1, 1, 0, 1)};
    dl_tensor *p[64];
    const int32_t n = dl_module_param_count(net);
    assert_in_range(n, 8, 64);
    for (int32_t i = 0; i < n; i++)
        p[i] = dl_module_param(net, i);
    for (int32_t order = 1; order <= 2; order++) {
        double worst;
        assert_int_equal(
            dl_gradcheck(loss_of, p, n, &c, &worst, &(dl_gradcheck_opts){.order = order}), DL_OK);
        assert_true(worst < 1e-5);
    }
    dl_module_drop(net);
}

static void a_net_of_all_smooth_layers_has_the_gradients_of_differences_twice(void **state)
{
    check_net(*state, everything);
}

static void a_net_of_layers_with_kinks_has_the_gradients_of_differences_twice(void **state)
{
    check_net(*state, with_kinks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_f64(two_layers_have_the_gradients_that_are_derived_by_hand),
        with_f64(a_net_of_all_smooth_layers_has_the_gradients_of_differences_twice),
        with_f64(a_net_of_layers_with_kinks_has_the_gradients_of_differences_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
