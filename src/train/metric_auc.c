/* Areas under curves of ranked scores. */
#include <math.h>
#include "core/check.h"
#include "core/order.h"
#include "train/metric.h"

typedef struct auc {
    dl_metric base;
    int64_t columns, cap; /* scores of a row; rows there is room for */
    double *score;        /* [cap, columns]                          */
    int64_t *label;       /* [cap]                                   */
} auc;

/* Room for n rows more. What is there stays when it fails. */
static dl_status reserve(auc *a, int64_t n)
{
    dl_ctx *ctx = a->base.base.ctx;
    int64_t all, cap = a->cap;
    size_t bytes;
    if (!dl__add_i64(a->base.n, n, &all))
        return dl_fail(ctx, DL_ELIMIT, "metric_auc: there are too many rows");
    if (all <= cap)
        return DL_OK;
    if (!dl__add_i64(cap, cap / 2, &cap) || cap < all)
        cap = all;
    if (!dl__mul_size((size_t)cap, (size_t)a->columns * sizeof(double), &bytes))
        return dl_fail(ctx, DL_ELIMIT, "metric_auc: %lld rows are too many", (long long)all);
    double *score = dl__realloc(ctx, a->score, bytes);
    if (!score)
        return ctx->status;
    a->score = score;
    int64_t *label = dl__realloc(ctx, a->label, (size_t)cap * sizeof *label);
    if (!label)
        return ctx->status;
    a->label = label;
    a->cap = cap;
    return DL_OK;
}

static void append(auc *a, dl__rows *r)
{
    int given = a->base.o.probabilities == 1;
    for (int64_t i = 0; i < r->n; i++) {
        double *x = r->x + i * r->columns, *to = a->score + a->base.n * a->columns;
        if (r->columns == 2 && a->columns == 1)
            *to = given ? x[1] : x[1] - x[0]; /* rises with the probability */
        else {
            if (!given && a->columns > 1)
                dl__row_softmax(x, r->columns);
            for (int64_t c = 0; c < a->columns; c++)
                to[c] = x[c];
        }
        a->label[a->base.n++] = r->label[i];
    }
}

static dl_status add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    auc *a = (auc *)(void *)m;
    dl__rows r;
    if (dl__rows_read(&r, m, pred, target, 0) == DL_OK && reserve(a, r.n) == DL_OK)
        append(a, &r);
    dl__rows_end(&r);
    return m->base.ctx->status;
}

static dl_status merge(dl_metric *m, const dl_metric *other)
{
    auc *a = (auc *)(void *)m;
    const auc *b = (const auc *)(const void *)other;
    if (reserve(a, other->n) != DL_OK)
        return m->base.ctx->status;
    for (int64_t i = 0; i < other->n * a->columns; i++)
        a->score[m->n * a->columns + i] = b->score[i];
    for (int64_t i = 0; i < other->n; i++)
        a->label[m->n + i] = b->label[i];
    return DL_OK;
}

typedef struct areas {
    double auc, precision;
} areas;

/* Walks down the scores, those that are equal together. */
static areas walk(const int64_t *order, const double *key, const int64_t *label, int64_t n,
                  int64_t class)
{
    double above = 0, tp = 0, fp = 0, precision = 0;
    for (int64_t at = 0; at < n;) {
        double hits = 0, misses = 0, score = key[order[at]];
        for (; at < n && key[order[at]] == score; at++) {
            hits += label[order[at]] == class;
            misses += label[order[at]] != class;
        }
        above += misses * (tp + hits / 2);
        tp += hits;
        fp += misses;
        precision += hits * (tp / (tp + fp));
    }
    return (areas){dl__ratio(above, tp * fp), dl__ratio(precision, tp)};
}

/* Both areas of one class against the rest; 0 and an error in the context on failure. */
static int areas_of(const auc *a, int64_t class, areas *out)
{
    dl_ctx *ctx = a->base.base.ctx;
    int64_t n = a->base.n, nans = 0, column = a->columns == 1 ? 0 : class;
    size_t bytes;
    *out = (areas){NAN, NAN};
    if (!dl__mul_size((size_t)n, 2 * sizeof(int64_t) + sizeof(double), &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "metric_auc: %lld rows are too many", (long long)n);
        return 0;
    }
    int64_t *order = dl__alloc(ctx, bytes);
    if (!order)
        return 0;
    double *key = (double *)(void *)(order + 2 * n);
    for (int64_t i = 0; i < n; i++) {
        order[i] = i;
        /* The score of class 0 of two is the other's, turned round. */
        key[i] = a->score[i * a->columns + column];
        if (a->columns == 1 && class == 0)
            key[i] = -key[i];
        nans += isnan(key[i]);
    }
    if (nans == 0) {
        dl__order(order, order + n, n, dl__after_f64, key);
        *out = walk(order, key, a->label, n, class);
    }
    dl__free(order);
    return 1;
}

enum { AUC, PRECISION, COUNT };
static const char *const names[] = {"auc", "average_precision", "n", NULL};
static const char *const each[] = {"auc", "average_precision", NULL};

static double value_at(dl_metric *m, int32_t i, int64_t k)
{
    areas got;
    areas_of((const auc *)(const void *)m, k, &got);
    return i == AUC ? got.auc : got.precision;
}

static double value(dl_metric *m, int32_t i)
{
    if (i == COUNT)
        return (double)m->n;
    if (m->classes == 2)
        return value_at(m, i, 1);
    const auc *a = (const auc *)(const void *)m;
    double sum = 0, classes = 0;
    for (int64_t r = 0; r < m->n * a->columns; r++)
        if (isnan(a->score[r]))
            return NAN;
    for (int64_t k = 0; k < m->classes && dl__ok(m->base.ctx); k++) {
        double v = value_at(m, i, k);
        classes += !isnan(v);
        sum += isnan(v) ? 0 : v;
    }
    return dl__ok(m->base.ctx) ? dl__ratio(sum, classes) : (double)NAN;
}

static void reset(dl_metric *m)
{
    auc *a = (auc *)(void *)m;
    dl__free(a->score);
    dl__free(a->label);
    a->score = NULL;
    a->label = NULL;
    a->cap = 0;
}

static const dl__metric_class auc_class = {.name = "metric_auc",
                                           .values = names,
                                           .each = each,
                                           .size = sizeof(auc),
                                           .add = add,
                                           .merge = merge,
                                           .value = value,
                                           .value_at = value_at,
                                           .reset = reset,
                                           .end = reset};

dl_metric *dl_metric_auc(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o)
{
    auc *a = dl__metric_new(ctx, &auc_class, classes, o);
    if (!a)
        return NULL;
    a->columns = classes == 2 ? 1 : classes;
    return &a->base;
}
