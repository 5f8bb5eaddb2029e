/* Metrics against their formulas, written again as plain loops. */
#include "support/labelled.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/metrics.h"

static double logit(const batch *b, int row, int c)
{
    return b->logit[(row / D * C + c) * D + row % D];
}

static double probability(const batch *b, int row, int c)
{
    double sum = 0;
    for (int k = 0; k < C; k++)
        sum += exp(logit(b, row, k) - logit(b, row, c));
    return 1 / sum;
}

static int best(const batch *b, int row)
{
    int at = 0;
    for (int c = 1; c < C; c++)
        if (logit(b, row, c) > logit(b, row, at))
            at = c;
    return at;
}

static double at(dl_metric *m, const char *name, int64_t i)
{
    return dl_metric_value_at(m, name, i);
}

static double of(dl_metric *m, const char *name)
{
    return dl_metric_value(m, name);
}

static void a_confusion_matrix_counts(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F32, 3);
    dl_metric *m = dl_metric_confusion(ctx, C, NULL);
    assert_int_equal(dl_metric_add(m, b.x, b.y), DL_OK);
    double count[C][C] = {{0}}, macro[3] = {0}, weighted[3] = {0}, right = 0;
    for (int i = 0; i < ROWS; i++)
        count[b.label[i]][best(&b, i)]++;
    for (int c = 0; c < C; c++) {
        double tp = count[c][c], support = 0, predicted = 0;
        for (int k = 0; k < C; k++) {
            assert_int_equal(dl_confusion_count(m, c, k), (int64_t)count[c][k]);
            support += count[c][k];
            predicted += count[k][c];
        }
        double v[3] = {tp / predicted, tp / support, 2 * tp / (support + predicted)};
        static const char *const name[3] = {"precision", "recall", "f1"};
        for (int i = 0; i < 3; i++) {
            assert_near(at(m, name[i], c), v[i]);
            macro[i] += v[i] / C;
            weighted[i] += v[i] * support / ROWS;
        }
        assert_near(at(m, "iou", c), tp / (support + predicted - tp));
        assert_near(at(m, "support", c), support);
        assert_near(at(m, "predicted", c), predicted);
        right += tp;
    }
    assert_near(of(m, "precision"), macro[0]);
    assert_near(of(m, "balanced_accuracy"), macro[1]);
    assert_near(of(m, "f1"), macro[2]);
    assert_near(of(m, "recall.weighted"), weighted[1]);
    assert_near(of(m, "f1.weighted"), weighted[2]);
    assert_near(of(m, "precision.micro"), right / ROWS);
    assert_near(of(m, "f1.micro"), right / ROWS);
    assert_near(of(m, "iou.micro"), right / (2 * ROWS - right));
    assert_near(of(m, "accuracy"), dl_accuracy(b.x, b.y));
    assert_near(of(m, "n"), ROWS);
    assert_int_equal(dl_confusion_count(m, C, 0), -1);
    assert_int_equal(dl_confusion_count(m, 0, -1), -1);
    assert_int_equal(dl_confusion_count(NULL, 0, 0), -1);
    dl_metric_drop(m);
    free(b.logit);
}

/* Agreement as correlation: of the 0/1 variables for two classes; kappa by its definition. */
static void agreement_beyond_chance(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = dl_metric_confusion(ctx, 2, NULL);
    dl_tensor *y = make_tensor(ctx, DL_U8, DL_SHAPE(10), 1, 1, 1, 1, 0, 0, 0, 0, 0, 0);
    dl_tensor *p = make_tensor(ctx, DL_I32, DL_SHAPE(10), 1, 1, 1, 0, 0, 0, 0, 0, 1, 1);
    assert_int_equal(dl_metric_add(m, p, y), DL_OK);
    /* tp 3, fn 1, fp 2, tn 4 */
    assert_near(of(m, "mcc"), (3.0 * 4 - 2.0 * 1) / sqrt(5.0 * 4 * 6 * 5));
    double chance = (4 * 5 + 6 * 5) / 100.0;
    assert_near(of(m, "kappa"), (0.7 - chance) / (1 - chance));
    dl_metric_reset(m);
    assert_int_equal(dl_metric_add(m, y, y), DL_OK);
    assert_near(of(m, "mcc"), 1);
    assert_near(of(m, "kappa"), 1);
    dl_metric_drop(m);
}

static void what_is_not_defined_is_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = dl_metric_confusion(ctx, 3, NULL);
    static const char *const all[] = {
        "precision", "f1",       "accuracy",        "kappa",
        "mcc",       "f1.micro", "recall.weighted", "balanced_accuracy"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_near(of(m, all[i]), (double)NAN);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 0, 1, 1);
    dl_tensor *p = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 0, 0, 0);
    assert_int_equal(dl_metric_add(m, p, y), DL_OK);
    assert_near(at(m, "precision", 1), (double)NAN); /* never predicted */
    assert_near(at(m, "recall", 1), 0);
    assert_near(at(m, "f1", 1), 0);
    assert_near(at(m, "recall", 2), (double)NAN); /* never there */
    assert_near(at(m, "f1", 2), (double)NAN);
    assert_near(of(m, "precision"), 0.5);
    assert_near(of(m, "recall"), 0.5);
    assert_near(of(m, "f1"), (2.0 / 3) / 2);
    assert_near(of(m, "mcc"), (double)NAN);
    dl_metric_drop(m);
}

static void ignored_labels_do_not_count(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, 0, 1, 0, 0, (double)NAN);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(3), 0, -100, 1);
    dl_metric *m =
        dl_metric_confusion(ctx, 2, &(dl_metric_opts){.ignore_set = 1, .ignore_index = -100});
    assert_int_equal(dl_metric_add(m, x, y), DL_OK);
    assert_near(of(m, "n"), 2);
    assert_near(of(m, "accuracy"), 1); /* NaN is the largest */
    dl_metric_drop(m);
}

static void one_result_is_enough_for_two_classes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), 0.3, -1, 0.7, 0);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(4), 1, 0, 1, 1);
    for (int32_t p = 0; p < 2; p++) {
        dl_tensor *z = p ? make_tensor(ctx, DL_F64, DL_SHAPE(4), 0.3, 0, 0.7, 0.5) : x;
        dl_metric *m = dl_metric_confusion(ctx, 2, &(dl_metric_opts){.probabilities = p});
        dl_metric *t = dl_metric_topk(ctx, 2, &(dl_metric_opts){.probabilities = p});
        assert_int_equal(dl_metric_add(m, z, y), DL_OK);
        assert_int_equal(dl_metric_add(t, z, y), DL_OK);
        assert_near(of(m, "accuracy"), p ? 0.5 : 0.75);
        assert_near(of(t, "top1"), p ? 0.5 : 0.75);
        dl_metric_drop(m);
        dl_metric_drop(t);
    }
}

static void the_label_is_among_the_k_largest(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F64, 8);
    dl_metric *m = dl_metric_topk(ctx, C, &(dl_metric_opts){.k = {1, 2, 3, 4}});
    assert_int_equal(dl_metric_add(m, b.x, b.y), DL_OK);
    for (int k = 1; k <= C; k++) {
        double right = 0;
        for (int i = 0; i < ROWS; i++) {
            int before = 0, y = (int)b.label[i];
            for (int c = 0; c < C; c++)
                before += logit(&b, i, c) > logit(&b, i, y) ||
                          (logit(&b, i, c) == logit(&b, i, y) && c < y);
            right += before < k;
        }
        char name[8];
        snprintf(name, sizeof name, "top%d", k);
        assert_near(of(m, name), right / ROWS);
        assert_near(dl_topk_accuracy(b.x, b.y, k), right / ROWS);
    }
    assert_near(of(m, "top1"), dl_accuracy(b.x, b.y));
    assert_near(of(m, "top4"), 1);
    assert_true(isnan(dl_topk_accuracy(b.x, b.y, 5)));
    expect_error(ctx, DL_EINVAL, "k is 5 for 4 classes");
    assert_true(isnan(dl_topk_accuracy(b.x, b.y, 0)));
    expect_error(ctx, DL_EINVAL, "k is 0");
    dl_metric_drop(m);
    m = dl_metric_topk(ctx, 5, NULL);
    assert_string_equal(dl_metric_name(m, 1), "top5");
    assert_string_equal(dl_metric_name(m, 2), "n");
    assert_null(dl_metric_name(m, 3));
    dl_metric_drop(m);
    free(b.logit);
}

/* The share of pairs (one of the class, one not) that are ranked right, ties one half; and the
 * precision at each score, over the rows of the class. */
static void pairs(const double *score, const int64_t *label, int64_t c, double *auc, double *ap)
{
    double right = 0, p = 0, n = 0;
    *ap = 0;
    for (int i = 0; i < ROWS; i++) {
        if (label[i] != c) {
            n++;
            continue;
        }
        p++;
        double above = 0, hits = 0;
        for (int k = 0; k < ROWS; k++) {
            if (label[k] != c)
                right += score[i] > score[k] ? 1 : score[i] == score[k] ? 0.5 : 0;
            above += score[k] >= score[i];
            hits += score[k] >= score[i] && label[k] == c;
        }
        *ap += hits / above;
    }
    *auc = right / (p * n);
    *ap /= p;
}

/* Without ties: those of probabilities depend on how their sums are rounded. */
static void areas_of_many_classes_are_shares_of_pairs(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F32, 5);
    free(b.logit);
    b.x = random_tensor(ctx, DL_F32, 6, DL_SHAPE(N, C, D));
    b.logit = values_of(b.x);
    dl_metric *m = dl_metric_auc(ctx, C, NULL);
    assert_int_equal(dl_metric_add(m, b.x, b.y), DL_OK);
    double mean[2] = {0};
    for (int c = 0; c < C; c++) {
        double score[ROWS], auc, ap;
        for (int i = 0; i < ROWS; i++)
            score[i] = probability(&b, i, c);
        pairs(score, b.label, c, &auc, &ap);
        assert_near(at(m, "auc", c), auc);
        assert_near(at(m, "average_precision", c), ap);
        mean[0] += auc / C;
        mean[1] += ap / C;
    }
    assert_near(of(m, "auc"), mean[0]);
    assert_near(of(m, "average_precision"), mean[1]);
    dl_metric_drop(m);
    free(b.logit);
}

static void areas_of_two_classes_count_ties_one_half(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F32, 5);
    dl_metric *m;
    double score[ROWS], two[2 * ROWS], label[ROWS], auc, ap;
    for (int i = 0; i < ROWS; i++) {
        score[i] = logit(&b, i, 1);
        two[2 * i] = 1;
        two[2 * i + 1] = 1 + score[i];
        b.label[i] = b.label[i] == 1;
        label[i] = (double)b.label[i];
    }
    pairs(score, b.label, 1, &auc, &ap);
    dl_tensor *y = tensor_of(ctx, DL_I64, label, DL_SHAPE(ROWS));
    dl_tensor *one = tensor_of(ctx, DL_F64, score, DL_SHAPE(ROWS));
    dl_tensor *both = tensor_of(ctx, DL_F64, two, DL_SHAPE(ROWS, 2));
    for (int k = 0; k < 2; k++) {
        m = dl_metric_auc(ctx, 2, NULL);
        assert_int_equal(dl_metric_add(m, k ? both : one, y), DL_OK);
        assert_near(of(m, "auc"), auc);
        assert_near(of(m, "average_precision"), ap);
        assert_near(at(m, "auc", 0), auc);
        dl_metric_drop(m);
    }
    free(b.logit);
}

static void areas_without_pairs_are_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 2, 3);
    dl_tensor *nan_one = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, (double)NAN, 3);
    dl_tensor *all = make_tensor(ctx, DL_I64, DL_SHAPE(3), 1, 1, 1);
    dl_tensor *some = make_tensor(ctx, DL_I64, DL_SHAPE(3), 1, 0, 1);
    dl_metric *m = dl_metric_auc(ctx, 2, NULL);
    assert_near(of(m, "auc"), (double)NAN);
    assert_int_equal(dl_metric_add(m, x, all), DL_OK);
    assert_near(of(m, "auc"), (double)NAN);
    assert_near(of(m, "average_precision"), 1);
    assert_int_equal(dl_metric_add(m, nan_one, some), DL_OK);
    assert_near(of(m, "average_precision"), (double)NAN);
    dl_metric_reset(m);
    assert_int_equal(dl_metric_add(m, x, some), DL_OK);
    assert_near(of(m, "auc"), 0.5);
    dl_metric_drop(m);
}

static void probabilities_are_held_against_what_happened(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F32, 13);
    enum { B = 7 };
    dl_metric *m = dl_metric_calibration(ctx, C, &(dl_metric_opts){.bins = B});
    assert_near(of(m, "ece"), (double)NAN);
    assert_near(of(m, "mce"), (double)NAN);
    assert_int_equal(dl_metric_add(m, b.x, b.y), DL_OK);
    double n[B] = {0}, hits[B] = {0}, confidence[B] = {0}, brier = 0, nll = 0, ece = 0, mce = 0;
    for (int i = 0; i < ROWS; i++) {
        int c = best(&b, i);
        double p = probability(&b, i, c);
        int k = 0;
        while (p > (k + 1.0) / B)
            k++;
        n[k]++;
        hits[k] += b.label[i] == c;
        confidence[k] += p;
        nll -= log(probability(&b, i, (int)b.label[i]));
        for (int j = 0; j < C; j++)
            brier += pow(probability(&b, i, j) - (b.label[i] == j), 2);
    }
    for (int k = 0; k < B; k++) {
        double gap = n[k] > 0 ? fabs(hits[k] / n[k] - confidence[k] / n[k]) : 0;
        assert_near(at(m, "bin.accuracy", k), hits[k] / n[k]);
        assert_near(at(m, "bin.confidence", k), confidence[k] / n[k]);
        assert_near(at(m, "bin.n", k), n[k]);
        ece += n[k] / ROWS * gap;
        mce = gap > mce ? gap : mce;
    }
    assert_near(of(m, "ece"), ece);
    assert_near(of(m, "mce"), mce);
    assert_near(of(m, "brier"), brier / ROWS);
    assert_near(of(m, "nll"), nll / ROWS);
    assert_near(of(m, "accuracy"), dl_accuracy(b.x, b.y));
    dl_metric_drop(m);
    free(b.logit);
}

static void a_confidence_on_an_edge_is_in_the_bin_below(void **state)
{
    dl_ctx *ctx = *state;
    enum { B = 100 };
    dl_metric *m = dl_metric_calibration(ctx, 2, &(dl_metric_opts){.probabilities = 1, .bins = B});
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(1), 1);
    for (int k = B / 2 + 1; k <= B; k++) {
        dl_tensor *p = make_tensor(ctx, DL_F64, DL_SHAPE(1), (double)k / B);
        assert_int_equal(dl_metric_add(m, p, y), DL_OK);
        assert_near(at(m, "bin.n", k - 1), 1);
        dl_metric_reset(m);
    }
    dl_metric_drop(m);
}

static void one_probability_is_judged_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 2, -800, 800);
    dl_tensor *p = make_tensor(ctx, DL_F64, DL_SHAPE(3), 0.9, 0.25, 1);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(3), 1, 1, 1);
    dl_metric *m = dl_metric_calibration(ctx, 2, NULL);
    assert_int_equal(dl_metric_add(m, x, y), DL_OK);
    assert_near(of(m, "nll"), (log1p(exp(-2)) + 800) / 3);
    assert_near(of(m, "brier"), (pow(1 - 1 / (1 + exp(-2)), 2) + 1) / 3);
    assert_near(of(m, "accuracy"), 2.0 / 3);
    dl_metric_drop(m);
    m = dl_metric_calibration(ctx, 2, &(dl_metric_opts){.probabilities = 1});
    assert_int_equal(dl_metric_add(m, p, y), DL_OK);
    assert_near(of(m, "nll"), -(log(0.9) + log(0.25)) / 3);
    assert_near(of(m, "confidence"), (0.9 + 0.75 + 1) / 3);
    assert_int_equal(dl_metric_add(m, x, y), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "a probability is 2, it wants to be in [0, 1]");
    assert_near(of(m, "n"), 3);
    dl_metric_drop(m);
}

static void errors_of_numbers(void **state)
{
    dl_ctx *ctx = *state;
    enum { K = 3 };
    dl_tensor *y = random_tensor(ctx, DL_F32, 1, DL_SHAPE(N, K));
    dl_tensor *t = random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, K));
    double *a = values_of(y), *b = values_of(t), all[4] = {0}, r2 = 0;
    dl_metric *m = dl_metric_regression(ctx, K);
    assert_near(of(m, "mse"), (double)NAN);
    assert_near(of(m, "max_error"), (double)NAN);
    assert_int_equal(dl_metric_add(m, y, t), DL_OK);
    for (int k = 0; k < K; k++) {
        double mean = 0, spread = 0, v[4] = {0};
        for (int i = 0; i < N; i++)
            mean += b[i * K + k] / N;
        for (int i = 0; i < N; i++) {
            double e = a[i * K + k] - b[i * K + k];
            v[0] += e * e / N;
            v[1] += fabs(e) / N;
            v[2] = fabs(e) > v[2] ? fabs(e) : v[2];
            v[3] += e / N;
            spread += pow(b[i * K + k] - mean, 2) / N;
        }
        assert_near(at(m, "mse", k), v[0]);
        assert_near(at(m, "rmse", k), sqrt(v[0]));
        assert_near(at(m, "mae", k), v[1]);
        assert_near(at(m, "max_error", k), v[2]);
        assert_near(at(m, "bias", k), v[3]);
        assert_near(at(m, "r2", k), 1 - v[0] / spread);
        r2 += (1 - v[0] / spread) / K;
        for (int i = 0; i < 4; i++)
            all[i] = i == 2 ? fmax(all[i], v[i]) : all[i] + v[i] / K;
    }
    assert_near(of(m, "mse"), all[0]);
    assert_near(of(m, "rmse"), sqrt(all[0]));
    assert_near(of(m, "mae"), all[1]);
    assert_near(of(m, "max_error"), all[2]);
    assert_near(of(m, "bias"), all[3]);
    assert_near(of(m, "r2"), r2);
    dl_metric_drop(m);
    free(a);
    free(b);
}

static void a_constant_target_has_no_r2_and_a_large_one_keeps_its_digits(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *same = make_tensor(ctx, DL_F64, DL_SHAPE(3), 0.1, 0.1, 0.1);
    dl_tensor *far = make_tensor(ctx, DL_F64, DL_SHAPE(4), 1e8, 1e8 + 1, 1e8 + 2, 1e8 + 3);
    dl_tensor *near = make_tensor(ctx, DL_F64, DL_SHAPE(4), 1e8, 1e8 + 1, 1e8 + 2, 1e8 + 2);
    dl_tensor *lost = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, (double)NAN, 0);
    dl_metric *m = dl_metric_regression(ctx, 1);
    assert_int_equal(dl_metric_add(m, same, same), DL_OK);
    assert_near(of(m, "r2"), (double)NAN);
    assert_near(of(m, "mse"), 0);
    dl_metric_reset(m);
    assert_int_equal(dl_metric_add(m, near, far), DL_OK);
    assert_near(of(m, "r2"), 1 - 1 / 5.0);
    assert_int_equal(dl_metric_add(m, lost, same), DL_OK);
    assert_near(of(m, "max_error"), (double)NAN);
    assert_near(of(m, "mae"), (double)NAN);
    dl_metric_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_confusion_matrix_counts),
        with_ctx(agreement_beyond_chance),
        with_ctx(what_is_not_defined_is_nan),
        with_ctx(ignored_labels_do_not_count),
        with_ctx(one_result_is_enough_for_two_classes),
        with_ctx(the_label_is_among_the_k_largest),
        with_ctx(areas_of_many_classes_are_shares_of_pairs),
        with_ctx(areas_of_two_classes_count_ties_one_half),
        with_ctx(areas_without_pairs_are_nan),
        with_ctx(probabilities_are_held_against_what_happened),
        with_ctx(a_confidence_on_an_edge_is_in_the_bin_below),
        with_ctx(one_probability_is_judged_too),
        with_ctx(errors_of_numbers),
        with_ctx(a_constant_target_has_no_r2_and_a_large_one_keeps_its_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
