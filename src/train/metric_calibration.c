/* Whether probabilities mean what they say. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/math.h"
#include "core/text.h"
#include "train/metric.h"

enum { BINS = 15, MOST_BINS = 10000 };

typedef struct bin {
    int64_t n, hits;
    double confidence; /* sum */
} bin;

typedef struct calibration {
    dl_metric base;
    double brier, nll; /* sums */
    bin *bins;         /* [places] */
} calibration;

/* What one row says. */
typedef struct verdict {
    double confidence, brier, nll;
    int hit;
} verdict;

/* One result for two classes. -log sigmoid(x) = log(1 + exp(-x)), without overflow. */
static verdict judge_one(double x, int64_t y, int given)
{
    double p = given ? x : 1 / (1 + dl__exp(-x)), towards = y == 1 ? x : -x;
    double q = y == 1 ? p : 1 - p, turned = fabs(x);
    verdict v = {.brier = (p - (double)y) * (p - (double)y)};
    v.nll = given ? -dl__ln(q) : (towards > 0 ? 0 : -towards) + dl__log1p(dl__exp(-turned));
    v.confidence = isnan(p) || p > 0.5 ? p : 1 - p;
    v.hit = (given ? p > 0.5 : x > 0) == (y == 1);
    return v;
}

static verdict judge(double *x, int64_t n, int64_t y, int given)
{
    verdict v = {.nll = -x[y]};
    int64_t best = dl__row_best(x, n);
    if (given)
        v.nll = -dl__ln(x[y]);
    else
        v.nll += dl__row_softmax(x, n);
    for (int64_t c = 0; c < n; c++) {
        double off = x[c] - (c == y);
        v.brier += off * off;
    }
    v.confidence = x[best];
    v.hit = best == y;
    return v;
}

static dl_status check(const dl_metric *m, const dl__rows *r)
{
    char text[DL__NUMBER];
    for (int64_t i = 0; m->o.probabilities == 1 && i < r->n * r->columns; i++)
        if (r->x[i] < 0 || r->x[i] > 1)
            return dl_fail(m->base.ctx, DL_EINVAL,
                           "%s: a probability is %s, it wants to be in [0, 1]", m->cls->name,
                           dl__double_text(text, r->x[i]));
    return DL_OK;
}

/* The bin of a confidence. The product may round across an edge. A NaN is in the last one. */
static int64_t bin_of(double confidence, int64_t bins)
{
    const double n = (double)bins, at = __builtin_ceil(confidence * n) - 1;
    int64_t b = at < 0 ? 0 : at < n ? (int64_t)at : bins - 1;
    if (b > 0 && confidence <= (double)b / n)
        b--;
    else if (b + 1 < bins && confidence > (double)(b + 1) / n)
        b++;
    return b;
}

static dl_status add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    calibration *c = (calibration *)(void *)m;
    int given = m->o.probabilities == 1;
    dl__rows r;
    if (dl__rows_read(&r, m, pred, target, 0) != DL_OK)
        return m->base.ctx->status;
    const int64_t n = check(m, &r) == DL_OK ? r.n : 0;
    for (int64_t i = 0; i < n; i++) {
        double *x = r.x + i * r.columns;
        verdict v = r.columns == 1 ? judge_one(*x, r.label[i], given)
                                   : judge(x, r.columns, r.label[i], given);
        const int64_t b = bin_of(v.confidence, m->places);
        c->bins[b].n++;
        c->bins[b].hits += v.hit;
        c->bins[b].confidence += v.confidence;
        c->brier += v.brier;
        c->nll += v.nll;
        m->n++;
    }
    dl__rows_end(&r);
    return m->base.ctx->status;
}

static dl_status merge(dl_metric *m, const dl_metric *other)
{
    calibration *a = (calibration *)(void *)m;
    const calibration *b = (const calibration *)(const void *)other;
    a->brier += b->brier;
    a->nll += b->nll;
    for (int64_t k = 0; k < m->places; k++) {
        a->bins[k].n += b->bins[k].n;
        a->bins[k].hits += b->bins[k].hits;
        a->bins[k].confidence += b->bins[k].confidence;
    }
    return DL_OK;
}

enum { ECE, MCE, BRIER, NLL, ACCURACY, CONFIDENCE, COUNT };
static const char *const names[] = {"ece",      "mce",        "brier", "nll",
                                    "accuracy", "confidence", "n",     NULL};
static const char *const each[] = {"bin.accuracy", "bin.confidence", "bin.n", NULL};

static double value_at(dl_metric *m, int32_t i, int64_t k)
{
    const bin *b = &((calibration *)(void *)m)->bins[k];
    if (i == 2)
        return (double)b->n;
    return dl__ratio(i == 0 ? (double)b->hits : b->confidence, (double)b->n);
}

static double value(dl_metric *m, int32_t i)
{
    const calibration *c = (const calibration *)(const void *)m;
    double n = (double)m->n, off = 0, most = 0, hits = 0, confidence = 0;
    for (int64_t k = 0; k < m->places; k++) {
        const bin *b = &c->bins[k];
        double gap = fabs((double)b->hits - b->confidence);
        off += gap;
        hits += (double)b->hits;
        confidence += b->confidence;
        double mean = b->n > 0 ? gap / (double)b->n : 0;
        most = mean > most || isnan(mean) ? mean : most;
    }
    switch (i) {
    case ECE:
        return dl__ratio(off, n);
    case MCE:
        return n > 0 ? most : (double)NAN;
    case BRIER:
        return dl__ratio(c->brier, n);
    case NLL:
        return dl__ratio(c->nll, n);
    case ACCURACY:
        return dl__ratio(hits, n);
    case CONFIDENCE:
        return dl__ratio(confidence, n);
    default:
        return n;
    }
}

static void reset(dl_metric *m)
{
    calibration *c = (calibration *)(void *)m;
    c->brier = c->nll = 0;
    memset(c->bins, 0, (size_t)m->places * sizeof *c->bins);
}

static void end(dl_metric *m)
{
    dl__free(((calibration *)(void *)m)->bins);
}

static const dl__metric_class calibration_class = {.name = "metric_calibration",
                                                   .values = names,
                                                   .each = each,
                                                   .size = sizeof(calibration),
                                                   .add = add,
                                                   .merge = merge,
                                                   .value = value,
                                                   .value_at = value_at,
                                                   .reset = reset,
                                                   .end = end};

dl_metric *dl_metric_calibration(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o)
{
    calibration *c = dl__metric_new(ctx, &calibration_class, classes, o);
    if (!c)
        return NULL;
    int64_t bins = c->base.o.bins != 0 ? c->base.o.bins : BINS;
    c->base.places = bins;
    if (bins < 1 || bins > MOST_BINS)
        dl_fail(ctx, DL_EINVAL, "metric_calibration: bins is %lld, 1 to %d are possible",
                (long long)bins, MOST_BINS);
    else
        c->bins = dl__calloc(ctx, (size_t)bins * sizeof *c->bins);
    if (!c->bins) {
        dl_metric_drop(&c->base);
        return NULL;
    }
    return &c->base;
}
