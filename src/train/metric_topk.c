/* Labels among the k largest results. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/parallel.h"
#include "tensor/tensor.h"
#include "train/metric.h"

enum { KS = 8 };

typedef struct topk {
    dl_metric base;
    int32_t k[KS], n_k;
    int64_t hits[KS];
    char text[KS][16];
    const char *name[KS + 2]; /* top1, ..., n, NULL */
} topk;

/* How many entries of a row come before number y. */
static int64_t rank(const double *x, int64_t n, int64_t y)
{
    int64_t before = 0;
    for (int64_t c = 0; c < n; c++) {
        int equal = x[c] == x[y] || (isnan(x[c]) && isnan(x[y]));
        int larger = x[c] > x[y] || (isnan(x[c]) && !isnan(x[y]));
        before += larger || (equal && c < y);
    }
    return before;
}

static dl_status add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    topk *t = (topk *)(void *)m;
    dl__rows r;
    if (dl__rows_read(&r, m, pred, target, 0) != DL_OK)
        return m->base.ctx->status;
    for (int64_t i = 0; i < r.n; i++) {
        int64_t at = r.columns == 1 ? dl__picks_one(m, r.x[i]) != r.label[i]
                                    : rank(r.x + i * r.columns, r.columns, r.label[i]);
        for (int32_t k = 0; k < t->n_k; k++)
            t->hits[k] += at < t->k[k];
    }
    m->n += r.n;
    dl__rows_end(&r);
    return DL_OK;
}

static dl_status merge(dl_metric *m, const dl_metric *other)
{
    topk *a = (topk *)(void *)m;
    const topk *b = (const topk *)(const void *)other;
    for (int32_t k = 0; k < a->n_k; k++)
        a->hits[k] += b->hits[k];
    return DL_OK;
}

static double value(dl_metric *m, int32_t i)
{
    topk *t = (topk *)(void *)m;
    return i < t->n_k ? dl__ratio((double)t->hits[i], (double)m->n) : (double)m->n;
}

static void reset(dl_metric *m)
{
    topk *t = (topk *)(void *)m;
    memset(t->hits, 0, sizeof t->hits);
}

static void end(dl_metric *m)
{
    (void)m;
}

static const dl__metric_class topk_class = {.name = "metric_topk",
                                            .size = sizeof(topk),
                                            .add = add,
                                            .merge = merge,
                                            .value = value,
                                            .reset = reset,
                                            .end = end};

dl_metric *dl_metric_topk(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o)
{
    topk *t = dl__metric_new(ctx, &topk_class, classes, o);
    if (!t)
        return NULL;
    for (int32_t *k = t->base.o.k; t->n_k < KS && k[t->n_k]; t->n_k++) {
        if (k[t->n_k] < 0 || k[t->n_k] > classes) {
            dl_fail(ctx, DL_EINVAL, "metric_topk: k is %d, 1 to %d are possible", (int)k[t->n_k],
                    (int)classes);
            dl_metric_drop(&t->base);
            return NULL;
        }
        t->k[t->n_k] = k[t->n_k];
    }
    if (t->n_k == 0) {
        t->k[t->n_k++] = 1;
        if (classes >= 5)
            t->k[t->n_k++] = 5;
    }
    for (int32_t k = 0; k < t->n_k; k++) {
        snprintf(t->text[k], sizeof t->text[k], "top%d", (int)t->k[k]);
        t->name[k] = t->text[k];
    }
    t->name[t->n_k] = "n";
    t->base.values = t->name;
    t->base.places = 0;
    return &t->base;
}

double dl_topk_accuracy(dl_tensor *logits, dl_tensor *labels, int32_t k)
{
    dl_ctx *ctx = logits ? logits->base.ctx : NULL;
    if (!dl__ok(ctx) || !labels)
        return NAN;
    int64_t classes = logits->ndim > 1 ? logits->dims[1] : 0;
    if (k < 1 || k > classes || classes > INT32_MAX) {
        dl_fail(ctx, DL_EINVAL, "topk_accuracy: k is %d for %lld classes", (int)k,
                (long long)classes);
        return NAN;
    }
    dl_metric *m = dl_metric_topk(ctx, (int32_t)classes, &(dl_metric_opts){.k = {k}});
    double v = NAN;
    if (m && dl_metric_add(m, logits, labels) == DL_OK) {
        dl__fpmode host = dl__fpmode_enter();
        v = dl__fpmode_pin(value(m, 0));
        dl__fpmode_leave(host);
    }
    dl_metric_drop(m);
    return v;
}
