/* The losses as the course writes them, against plain loops. */
#include <math.h>
#include <stdlib.h>
#include "dl/grad.h"
#include "dl/losses.h"
#include "support/support.h"

enum { N = 6, C = 5 };
static const double label[N] = {3, 0, 4, 4, 1, 2};

/* Logits, and the softmax of each row. */
typedef struct rows {
    dl_tensor *z, *y;
    double p[N][C];
} rows;

static rows make_rows(dl_ctx *ctx)
{
    rows r = {.z = dl_scale(random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, C)), 3),
              .y = tensor_of(ctx, DL_I64, label, DL_SHAPE(N))};
    double *z = values_of(r.z);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int c = 0; c < C; c++)
            sum += exp(z[i * C + c]);
        for (int c = 0; c < C; c++)
            r.p[i][c] = exp(z[i * C + c]) / sum;
    }
    free(z);
    return r;
}

static void is(dl_tensor *loss, double wanted)
{
    assert_close(loss, &wanted, 1, 1e-14);
}

static void cross_entropy_of_logits_is_minus_the_logarithm_of_softmax(void **state)
{
    dl_ctx *ctx = *state;
    const rows r = make_rows(ctx);
    double each[N], sum = 0;
    for (int i = 0; i < N; i++)
        sum += each[i] = -log(r.p[i][(int)label[i]]);
    assert_close(dl_cross_entropy(r.z, r.y, &(dl_loss_opts){.reduction = DL_REDUCE_NONE}), each, N,
                 1e-14);
    is(dl_cross_entropy(r.z, r.y, &(dl_loss_opts){.reduction = DL_REDUCE_SUM}), sum);
    is(dl_cross_entropy(r.z, r.y, NULL), sum / N);
    is(dl_nll(dl_log_softmax(r.z, 1), r.y, NULL), sum / N);
    is(dl_nll(dl_log(dl_softmax(r.z, 1)), r.y, NULL), sum / N);
    dl_tensor *hot = dl_one_hot(r.y, C, DL_F64);
    is(dl_cross_entropy(r.z, hot, NULL), sum / N);
}

/* Its gradient is what makes softmax and cross-entropy a pair: (p - t) / N. */
static void the_gradient_of_cross_entropy_is_probability_minus_target(void **state)
{
    dl_ctx *ctx = *state;
    const rows r = make_rows(ctx);
    double wanted[N * C];
    for (int i = 0; i < N * C; i++)
        wanted[i] = (r.p[i / C][i % C] - (label[i / C] == i % C)) / N;
    dl_grad_track(r.z, 1);
    dl_tensor *loss = dl_cross_entropy(r.z, r.y, NULL);
    assert_int_equal(dl_backward(loss), DL_OK);
    assert_close(dl_grad(r.z), wanted, N * C, 1e-15);
}

/* Logits that softmax alone cannot tell from 0 and 1. */
static void large_logits_have_an_exact_loss(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *z = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 2000, 0, -1000, 1000);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(2), 1, 1);
    is(dl_cross_entropy(z, y, NULL), 1000);
    is(dl_nll(dl_log_softmax(z, 1), y, NULL), 1000);
    is(dl_nll(dl_log(dl_softmax(z, 1)), y, NULL), INFINITY);
}

static void label_smoothing_mixes_the_target_with_all_classes(void **state)
{
    dl_ctx *ctx = *state;
    const rows r = make_rows(ctx);
    const double e = 0.1;
    double mixed[N * C], hard = 0, even = 0, whole = 0;
    for (int i = 0; i < N * C; i++) {
        const double t = label[i / C] == i % C, log_p = log(r.p[i / C][i % C]);
        mixed[i] = (1 - e) * t + e / C;
        hard -= t * log_p / N;
        even -= log_p / C / N;
        whole -= mixed[i] * log_p / N;
    }
    dl_tensor *found = dl_cross_entropy(r.z, r.y, &(dl_loss_opts){.label_smoothing = e});
    is(found, whole);
    is(found, (1 - e) * hard + e * even);
    is(dl_cross_entropy(r.z, tensor_of(ctx, DL_F64, mixed, DL_SHAPE(N, C)), NULL), whole);
}

/* No half: the mean over elements, and the course's sum over outputs, averaged over examples. */
static void squared_loss_is_a_mean_over_elements_or_a_sum_over_outputs(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, C));
    dl_tensor *b = random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, C));
    double *x = values_of(a), *y = values_of(b), sum = 0;
    for (int i = 0; i < N * C; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    is(dl_mse(a, b, NULL), sum / (N * C));
    is(dl_mse(a, b, &(dl_loss_opts){.reduction = DL_REDUCE_SUM}), sum);
    is(dl_mse(a, b, &(dl_loss_opts){.reduction = DL_REDUCE_BATCH_MEAN}), sum / N);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(cross_entropy_of_logits_is_minus_the_logarithm_of_softmax),
        with_ctx(the_gradient_of_cross_entropy_is_probability_minus_target),
        with_ctx(large_logits_have_an_exact_loss),
        with_ctx(label_smoothing_mixes_the_target_with_all_classes),
        with_ctx(squared_loss_is_a_mean_over_elements_or_a_sum_over_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
