/* Counts of classes and what they were taken for. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "train/confusion.h"

static int64_t hits(const dl__confusion *c)
{
    int64_t all = 0;
    for (int64_t k = 0; k < c->base.classes; k++)
        all += c->count[k * (c->base.classes + 1)];
    return all;
}

static dl_status add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    dl__confusion *c = (dl__confusion *)(void *)m;
    dl__rows r;
    if (dl__rows_read(&r, m, pred, target, 1) != DL_OK)
        return m->base.ctx->status;
    for (int64_t i = 0; i < r.n; i++) {
        int64_t found;
        if (r.columns == 0)
            found = r.predicted[i];
        else if (r.columns == 1)
            found = dl__picks_one(m, r.x[i]);
        else
            found = dl__row_best(r.x + i * r.columns, r.columns);
        c->count[r.label[i] * m->classes + found]++;
        c->actual[r.label[i]]++;
        c->predicted[found]++;
    }
    m->n += r.n;
    dl__rows_end(&r);
    return DL_OK;
}

static dl_status merge(dl_metric *m, const dl_metric *other)
{
    dl__confusion *a = (dl__confusion *)(void *)m;
    const dl__confusion *b = (const dl__confusion *)(const void *)other;
    for (int64_t i = 0; i < m->classes * (m->classes + 2); i++)
        a->count[i] += b->count[i]; /* the sums follow the matrix */
    return DL_OK;
}

/* Of a class, or of sums over classes: tp right ones of `actual`, and `predicted` taken for it. */
static double number(int32_t i, double tp, double actual, double predicted)
{
    switch (i) {
    case DL__PRECISION:
        return dl__ratio(tp, predicted);
    case DL__RECALL:
        return dl__ratio(tp, actual);
    case DL__F1:
        return dl__ratio(2 * tp, actual + predicted);
    case DL__IOU:
        return dl__ratio(tp, actual + predicted - tp);
    case DL__SUPPORT:
        return actual;
    default:
        return predicted;
    }
}

static double value_at(dl_metric *m, int32_t i, int64_t k)
{
    const dl__confusion *c = dl__confusion_of(m);
    return number(i, (double)c->count[k * (m->classes + 1)], (double)c->actual[k],
                  (double)c->predicted[k]);
}

/* Over the classes where the number is defined. */
static double average(dl_metric *m, int32_t i, int weighted)
{
    double sum = 0, all = 0;
    for (int64_t k = 0; k < m->classes; k++) {
        double v = value_at(m, i, k), w = weighted ? value_at(m, DL__SUPPORT, k) : 1;
        if (isnan(v))
            continue;
        sum += w * v;
        all += w;
    }
    return dl__ratio(sum, all);
}

/* The sums over classes k of predicted_k actual_k, predicted_k^2, actual_k^2. */
static void products(const dl__confusion *c, double sum[3])
{
    sum[0] = sum[1] = sum[2] = 0;
    for (int64_t k = 0; k < c->base.classes; k++) {
        double p = (double)c->predicted[k], t = (double)c->actual[k];
        sum[0] += p * t;
        sum[1] += p * p;
        sum[2] += t * t;
    }
}

static double kappa(const dl__confusion *c)
{
    double sum[3], n = (double)c->base.n;
    products(c, sum);
    return dl__ratio(n * (double)hits(c) - sum[0], n * n - sum[0]);
}

static double mcc(const dl__confusion *c)
{
    double sum[3], n = (double)c->base.n;
    products(c, sum);
    return dl__ratio(n * (double)hits(c) - sum[0],
                     __builtin_sqrt(n * n - sum[1]) * __builtin_sqrt(n * n - sum[2]));
}

enum { MACRO = 0, WEIGHTED = 4, MICRO = 8, ACCURACY = 12, BALANCED, KAPPA, MCC, COUNT };
static const char *const names[] = {"precision",
                                    "recall",
                                    "f1",
                                    "iou",
                                    "precision.weighted",
                                    "recall.weighted",
                                    "f1.weighted",
                                    "iou.weighted",
                                    "precision.micro",
                                    "recall.micro",
                                    "f1.micro",
                                    "iou.micro",
                                    "accuracy",
                                    "balanced_accuracy",
                                    "kappa",
                                    "mcc",
                                    "n",
                                    NULL};
static const char *const each[] = {"precision", "recall",    "f1", "iou",
                                   "support",   "predicted", NULL};

static double value(dl_metric *m, int32_t i)
{
    const dl__confusion *c = dl__confusion_of(m);
    double n = (double)m->n;
    if (i < WEIGHTED)
        return average(m, i, 0);
    if (i < MICRO)
        return average(m, i - WEIGHTED, 1);
    if (i < ACCURACY)
        return number(i - MICRO, (double)hits(c), n, n);
    switch (i) {
    case ACCURACY:
        return dl__ratio((double)hits(c), n);
    case BALANCED:
        return average(m, DL__RECALL, 0);
    case KAPPA:
        return kappa(c);
    case MCC:
        return mcc(c);
    default:
        return n;
    }
}

static void reset(dl_metric *m)
{
    memset(dl__confusion_of(m)->count, 0,
           (size_t)(m->classes * (m->classes + 2)) * sizeof(int64_t));
}

static void end(dl_metric *m)
{
    dl__free(dl__confusion_of(m)->count);
}

static const dl__metric_class confusion_class = {.name = "metric_confusion",
                                                 .values = names,
                                                 .each = each,
                                                 .size = sizeof(dl__confusion),
                                                 .add = add,
                                                 .merge = merge,
                                                 .value = value,
                                                 .value_at = value_at,
                                                 .reset = reset,
                                                 .end = end};

const dl__confusion *dl__confusion_of(const dl_metric *m)
{
    return m && m->cls == &confusion_class ? (const dl__confusion *)(const void *)m : NULL;
}

dl_metric *dl_metric_confusion(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o)
{
    dl__confusion *c = dl__metric_new(ctx, &confusion_class, classes, o);
    size_t bytes;
    if (!c)
        return NULL;
    int64_t n = classes;
    if (!dl__mul_size((size_t)n * (size_t)(n + 2), sizeof *c->count, &bytes))
        dl_fail(ctx, DL_ELIMIT, "metric_confusion: %lld classes are too many", (long long)n);
    else
        c->count = dl__calloc(ctx, bytes);
    if (!c->count) {
        dl_metric_drop(&c->base);
        return NULL;
    }
    c->actual = c->count + n * n;
    c->predicted = c->actual + n;
    return &c->base;
}

int64_t dl_confusion_count(const dl_metric *m, int32_t actual, int32_t predicted)
{
    const dl__confusion *c = dl__confusion_of(m);
    if (!c || actual < 0 || actual >= m->classes || predicted < 0 || predicted >= m->classes)
        return -1;
    return c->count[actual * m->classes + predicted];
}
