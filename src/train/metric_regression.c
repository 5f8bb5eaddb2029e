/* Errors of numbers. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "tensor/tensor.h"
#include "train/metric.h"

/* Of one output: what it misses its targets t by, e = y - t, and how t spreads (Welford, 1962). */
typedef struct output {
    double squares, absolute, sum, most; /* of e */
    double mean, spread;                 /* of t: the mean, and the sum of (t - mean)^2 */
} output;

typedef struct regression {
    dl_metric base;
    output *out; /* [outputs] */
} regression;

static double larger(double a, double b) /* NaN wins */
{
    return b > a || isnan(b) ? b : a;
}

static void add_one(output *o, double y, double t, int64_t n)
{
    double e = y - t, delta = t - o->mean;
    o->squares += e * e;
    o->absolute += fabs(e);
    o->sum += e;
    o->most = larger(o->most, fabs(e));
    o->mean += delta / (double)n;
    o->spread += delta * (t - o->mean);
}

static dl_status check(const dl_metric *m, const dl_tensor *pred, const dl_tensor *target)
{
    dl_ctx *ctx = m->base.ctx;
    char a[128], b[128];
    if (!dl__is_float(pred->dtype) || !dl__is_float(target->dtype))
        return dl_fail(ctx, DL_EDTYPE,
                       "%s: results are %s and targets %s, they want to be f32 or f64",
                       m->cls->name, dl_dtype_name(pred->dtype), dl_dtype_name(target->dtype));
    int64_t outputs = 1;
    for (int32_t d = 1; d < pred->ndim; d++)
        outputs *= pred->dims[d];
    if (!dl__same_shape(pred, target) || pred->ndim < 1 || outputs != m->classes)
        return dl_fail(ctx, DL_ESHAPE,
                       "%s: results are %s, targets %s; both want one shape, of %lld outputs after "
                       "the first axis",
                       m->cls->name, dl__shape_text(a, sizeof a, pred->dims, pred->ndim),
                       dl__shape_text(b, sizeof b, target->dims, target->ndim),
                       (long long)m->classes);
    return DL_OK;
}

static dl_status add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    regression *g = (regression *)(void *)m;
    if (check(m, pred, target) != DL_OK)
        return m->base.ctx->status;
    double *y = dl__elements_as(pred, DL_F64), *t = y ? dl__elements_as(target, DL_F64) : NULL;
    for (int64_t i = 0; t && i < pred->dims[0]; i++) {
        m->n++;
        for (int64_t k = 0; k < m->classes; k++)
            add_one(&g->out[k], y[i * m->classes + k], t[i * m->classes + k], m->n);
    }
    dl__free(y);
    dl__free(t);
    return m->base.ctx->status;
}

static dl_status merge(dl_metric *m, const dl_metric *other)
{
    regression *g = (regression *)(void *)m;
    const output *from = ((const regression *)(const void *)other)->out;
    double na = (double)m->n, nb = (double)other->n, all = na + nb;
    for (int64_t k = 0; k < m->classes && nb > 0; k++) {
        output *a = &g->out[k];
        const output *b = &from[k];
        double delta = b->mean - a->mean;
        a->squares += b->squares;
        a->absolute += b->absolute;
        a->sum += b->sum;
        a->most = larger(a->most, b->most);
        a->mean += delta * (nb / all);
        a->spread += b->spread + delta * delta * (na * nb / all);
    }
    return DL_OK;
}

enum { MSE, RMSE, MAE, R2, MOST, BIAS, COUNT };
static const char *const names[] = {"mse", "rmse", "mae", "r2", "max_error", "bias", "n", NULL};
static const char *const each[] = {"mse", "rmse", "mae", "r2", "max_error", "bias", NULL};

static double of(const output *o, int32_t i, double n)
{
    switch (i) {
    case MSE:
        return dl__ratio(o->squares, n);
    case RMSE:
        return __builtin_sqrt(dl__ratio(o->squares, n));
    case MAE:
        return dl__ratio(o->absolute, n);
    case R2:
        return 1 - dl__ratio(o->squares, o->spread);
    case MOST:
        return n > 0 ? o->most : (double)NAN;
    default:
        return dl__ratio(o->sum, n);
    }
}

static double value_at(dl_metric *m, int32_t i, int64_t k)
{
    return of(&((regression *)(void *)m)->out[k], i, (double)m->n);
}

static double value(dl_metric *m, int32_t i)
{
    regression *g = (regression *)(void *)m;
    if (i == COUNT)
        return (double)m->n;
    output all = {0};
    double r2 = 0;
    int64_t defined = 0;
    for (int64_t k = 0; k < m->classes; k++) {
        const output *o = &g->out[k];
        all.squares += o->squares;
        all.absolute += o->absolute;
        all.sum += o->sum;
        all.most = larger(all.most, o->most);
        if (o->spread != 0) {
            r2 += of(o, R2, (double)m->n);
            defined++;
        }
    }
    if (i == R2)
        return dl__ratio(r2, (double)defined);
    return of(&all, i, (double)m->n * (double)m->classes);
}

static void reset(dl_metric *m)
{
    memset(((regression *)(void *)m)->out, 0, (size_t)m->classes * sizeof(output));
}

static void end(dl_metric *m)
{
    dl__free(((regression *)(void *)m)->out);
}

static const dl__metric_class regression_class = {.name = "metric_regression",
                                                  .values = names,
                                                  .each = each,
                                                  .size = sizeof(regression),
                                                  .add = add,
                                                  .merge = merge,
                                                  .value = value,
                                                  .value_at = value_at,
                                                  .reset = reset,
                                                  .end = end};

dl_metric *dl_metric_regression(dl_ctx *ctx, int64_t outputs)
{
    size_t bytes;
    if (!dl__ok(ctx))
        return NULL;
    if (outputs < 1 || !dl__mul_size((size_t)outputs, sizeof(output), &bytes)) {
        dl_fail(ctx, outputs < 1 ? DL_EINVAL : DL_ELIMIT,
                "metric_regression: outputs is %lld, it wants to be 1 or more that fit",
                (long long)outputs);
        return NULL;
    }
    regression *g = dl__metric_new(ctx, &regression_class, 2, NULL);
    if (!g)
        return NULL;
    g->base.classes = g->base.places = outputs;
    if (!(g->out = dl__calloc(ctx, bytes))) {
        dl_metric_drop(&g->base);
        return NULL;
    }
    return &g->base;
}
