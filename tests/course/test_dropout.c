/* Dropout as an ensemble: each mask is a net of its own, all share their weights, and the net of
 * evaluation mode stands for all of them. Of softmax regression it is exactly their normalised
 * geometric mean. Hinton et al., arXiv:1207.0580; Srivastava et al., JMLR 2014. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/support.h"

enum { D = 10, C = 4, MASKS = 1 << D, MANY = 8192 };

/* Softmax regression with dropout on its inputs, and the logarithms of the probabilities that each
 * of its 2^10 nets gives for x, computed one by one in plain loops. */
typedef struct ensemble {
    dl_module *net;
    dl_tensor *x;
    double p, member[MASKS][C];
} ensemble;

static void log_softmax(double *z)
{
    double sum = 0;
    for (int c = 0; c < C; c++)
        sum += exp(z[c]);
    for (int c = 0; c < C; c++)
        z[c] -= log(sum);
}

static ensemble *ensemble_make(dl_ctx *ctx, double p, int32_t expectation)
{
    ensemble *e = malloc(sizeof *e);
    const dl_dropout_opts o = {.expectation = expectation};
    e->p = p;
    e->x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(1, D));
    e->net = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dropout(ctx, p, &o),
                                                dl_layer_dense(ctx, D, C, NULL),
                                                dl_layer_log_softmax(ctx, -1)));
    dl_tensor *b = dl_module_tensor(e->net, "1.bias");
    dl_tensor_copy(b, random_tensor(ctx, DL_F64, 2, DL_SHAPE(C)));
    expect_ok(ctx);
    double *w = values_of(dl_module_tensor(e->net, "1.weight")), *bias = values_of(b);
    double *x = values_of(e->x);
    for (int mask = 0; mask < MASKS; mask++) {
        for (int c = 0; c < C; c++) {
            e->member[mask][c] = bias[c];
            for (int d = 0; d < D; d++)
                if (mask >> d & 1)
                    e->member[mask][c] += w[c * D + d] * x[d] / (expectation ? 1 : 1 - p);
        }
        log_softmax(e->member[mask]);
    }
    free(w);
    free(bias);
    free(x);
    return e;
}

static void ensemble_free(ensemble *e)
{
    dl_module_drop(e->net);
    free(e);
}

/* The chance of a mask. */
static double weight_of(const ensemble *e, int mask)
{
    double weight = 1;
    for (int d = 0; d < D; d++)
        weight *= mask >> d & 1 ? 1 - e->p : e->p;
    return weight;
}

/* log of prod_mask P_mask(c)^weight(mask), normalised to sum to 1 over c. */
static void geometric_mean(const ensemble *e, double *mean)
{
    for (int c = 0; c < C; c++)
        mean[c] = 0;
    for (int mask = 0; mask < MASKS; mask++)
        for (int c = 0; c < C; c++)
            mean[c] += weight_of(e, mask) * e->member[mask][c];
    log_softmax(mean);
}

static void check_mean(dl_ctx *ctx, double p, int32_t expectation)
{
    ensemble *e = ensemble_make(ctx, p, expectation);
    double mean[C];
    geometric_mean(e, mean);
    dl_module_train(e->net, 0);
    assert_close(dl_module_forward(e->net, e->x), mean, C, 1e-12);
    ensemble_free(e);
}

static void the_scaled_net_is_the_geometric_mean_over_all_masks(void **state)
{
    dl_ctx *ctx = *state;
    const double p[] = {0.5, 0.2, 0.9};
    for (int i = 0; i < 3; i++) {
        check_mean(ctx, p[i], 1); /* inputs times 1 - p in evaluation mode, which is the course's */
        check_mean(ctx, p[i], 0); /* inputs over 1 - p in training                                */
    }
}

/* It is not the mean of the probabilities, which is what averaging predictions would give. */
static void the_arithmetic_mean_is_another_one(void **state)
{
    ensemble *e = ensemble_make(*state, 0.5, 1);
    double mean[C], sum[C] = {0}, apart = 0;
    geometric_mean(e, mean);
    for (int mask = 0; mask < MASKS; mask++)
        for (int c = 0; c < C; c++)
            sum[c] += weight_of(e, mask) * exp(e->member[mask][c]);
    for (int c = 0; c < C; c++)
        apart = fmax(apart, fabs(sum[c] - exp(mean[c])));
    assert_true(apart > 1e-3 && apart < 0.1);
    ensemble_free(e);
}

/* The mask whose net gave this result, -1 if there is none. */
static int mask_of(const ensemble *e, const double *y)
{
    for (int mask = 0; mask < MASKS; mask++) {
        double apart = 0;
        for (int c = 0; c < C; c++)
            apart = fmax(apart, fabs(y[c] - e->member[mask][c]));
        if (apart < 1e-12)
            return mask;
    }
    return -1;
}

static void every_step_of_training_runs_another_net_of_the_ensemble(void **state)
{
    ensemble *e = ensemble_make(*state, 0.5, 1);
    unsigned char seen[MASKS] = {0};
    int different = 0;
    for (int step = 0; step < 40; step++) {
        double *y = values_of(dl_module_forward(e->net, e->x));
        const int mask = mask_of(e, y);
        assert_true(mask >= 0);
        different += !seen[mask];
        seen[mask] = 1;
        free(y);
    }
    assert_in_range(different, 35, 40); /* 39.2 on average */
    ensemble_free(e);
}

static void evaluation_is_exact(void **state)
{
    dl_ctx *ctx = *state;
    ensemble *e = ensemble_make(ctx, 0.5, 0);
    dl_module_train(e->net, 0);
    dl_tensor *y = dl_module_forward(e->net, e->x);
    assert_same_bits(y, dl_module_forward(e->net, e->x));
    dl_tensor *plain =
        dl_linear(e->x, dl_module_tensor(e->net, "1.weight"), dl_module_tensor(e->net, "1.bias"));
    assert_same_bits(y, dl_log_softmax(plain, -1));
    ensemble_free(e);
}

/* Averages over masks that training drew: within five deviations of the mean. */
static void averages_over_sampled_masks_approach_the_geometric_mean(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t expectation = 0; expectation < 2; expectation++) {
        ensemble *e = ensemble_make(ctx, 0.5, expectation);
        double mean[C], wanted[C] = {0}, square[C] = {0}, sum[C] = {0};
        for (int mask = 0; mask < MASKS; mask++)
            for (int c = 0; c < C; c++)
                wanted[c] += e->member[mask][c] / MASKS;
        for (int mask = 0; mask < MASKS; mask++)
            for (int c = 0; c < C; c++)
                square[c] += (e->member[mask][c] - wanted[c]) * (e->member[mask][c] - wanted[c]);
        double *y = values_of(dl_module_forward(e->net, dl_expand(e->x, DL_SHAPE(MANY, D))));
        for (int i = 0; i < MANY; i++)
            for (int c = 0; c < C; c++)
                sum[c] += y[i * C + c] / MANY;
        for (int c = 0; c < C; c++)
            assert_true(fabs(sum[c] - wanted[c]) < 5 * sqrt(square[c] / MASKS / MANY));
        geometric_mean(e, mean);
        log_softmax(sum);
        for (int c = 0; c < C; c++)
            assert_true(fabs(sum[c] - mean[c]) < 0.05);
        free(y);
        ensemble_free(e);
    }
}

/* Two layers: the masks of inverted dropout keep what goes into the next layer as it is on average,
 * of the values and of the gradient. */
static void inverted_dropout_keeps_the_expectation_of_values_and_gradients(void **state)
{
    dl_ctx *ctx = *state;
    const double p = 0.3, value[D] = {1, -2, 3, 0.5, -0.1, 0, 7, 1e-3, -4, 2};
    dl_module *m = dl_layer_dropout(ctx, p, NULL);
    dl_tensor *x = tensor_of(ctx, DL_F64, value, DL_SHAPE(D)), *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_module_forward(m, dl_expand(x, DL_SHAPE(MANY, D)));
    dl_tensor *mean = dl_mean(y, (int32_t[]){0}, 1, 0), *total = dl_sum(mean, NULL, 0, 0);
    dl_gradients(&total, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx);
    double *found = values_of(mean), *slope = values_of(dx);
    const double deviation = sqrt(p / (1 - p) / MANY);
    for (int d = 0; d < D; d++) {
        assert_true(fabs(found[d] - value[d]) <= 5 * deviation * fabs(value[d]));
        assert_true(fabs(slope[d] - 1) < 5 * deviation);
    }
    free(found);
    free(slope);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_f64(the_scaled_net_is_the_geometric_mean_over_all_masks),
        with_f64(the_arithmetic_mean_is_another_one),
        with_f64(every_step_of_training_runs_another_net_of_the_ensemble),
        with_f64(evaluation_is_exact),
        with_f64(averages_over_sampled_masks_approach_the_geometric_mean),
        with_f64(inverted_dropout_keeps_the_expectation_of_values_and_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
