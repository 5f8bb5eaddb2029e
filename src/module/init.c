/* Initialisers whose elements do not depend on one another. */
#include <math.h>
#include "core/math.h"
#include "core/parallel.h"
#include "core/text.h"
#include "module/init.h"

enum { CHUNK = 1 << 14 };

dl_status dl__init_check(const char *who, const dl_tensor *t)
{
    if (!t)
        return DL_EINVAL;
    if (!dl__ok(t->base.ctx))
        return t->base.ctx->status;
    if (!dl__is_float(t->dtype))
        return dl_fail(t->base.ctx, DL_EDTYPE, "%s: the tensor is %s, wanted f32 or f64", who,
                       dl_dtype_name(t->dtype));
    return DL_OK;
}

dl__stream dl__init_stream(dl_ctx *ctx)
{
    return dl__random_stream(ctx->opts.seed, DL__FOR_INIT, ctx->fills++);
}

typedef struct job {
    dl__stream stream;
    dl__init_fill fill;
    const void *arg;
    char *x;
    dl_dtype dtype;
    int64_t n;
} job;

static void fill_chunk(void *arg, int64_t item)
{
    const job *j = arg;
    int64_t first = item * CHUNK, n = j->n - first < CHUNK ? j->n - first : CHUNK;
    j->fill(&j->stream, (uint64_t)first, j->x + first * (int64_t)dl_dtype_size(j->dtype), j->dtype,
            n, j->arg);
}

dl_status dl__init_run(const char *who, dl_tensor *t, dl__init_fill fill, const void *arg)
{
    dl_ctx *ctx = t->base.ctx;
    if (dl__is_meta(t))
        return DL_OK;
    /* Elements are drawn in logical order; another order in memory goes through a copy. */
    dl_tensor *row = t;
    if (!dl_tensor_contiguous(t)) {
        dl__shape s;
        if (dl__shape_check(ctx, who, t->dtype, t->dims, t->ndim, &s) != DL_OK)
            return ctx->status;
        int32_t meta = ctx->meta;
        ctx->meta = 0;
        row = dl__tensor_new(ctx, &s, 0);
        ctx->meta = meta;
        if (!row)
            return ctx->status;
    }
    if (dl__begin_change(who, t) == DL_OK) {
        job j = {dl__init_stream(ctx), fill, arg, dl__data(row), t->dtype, dl__count_of(t)};
        dl__fpmode host = dl__fpmode_enter();
        dl__parallel(ctx, (j.n + CHUNK - 1) / CHUNK, fill_chunk, &j);
        dl__fpmode_leave(host);
        if (row != t)
            dl__copy_elements(t, row);
    }
    if (row != t)
        dl_tensor_drop(row);
    return ctx->status;
}

/* ---- the distributions ---- */

/* x = base + span * drawn. */
typedef struct affine {
    double base, span;
} affine;

static void scale(void *x, dl_dtype dt, int64_t n, const affine *a)
{
    if (dt == DL_F32) {
        float *f = x;
        for (int64_t i = 0; i < n; i++)
            f[i] = (float)fma(a->span, (double)f[i], a->base);
    } else {
        double *d = x;
        for (int64_t i = 0; i < n; i++)
            d[i] = fma(a->span, d[i], a->base);
    }
}

static void fill_uniform(const dl__stream *s, uint64_t first, void *x, dl_dtype dt, int64_t n,
                         const void *arg)
{
    if (dt == DL_F32)
        dl__fill_uniform_f32(s, first, x, n);
    else
        dl__fill_uniform_f64(s, first, x, n);
    scale(x, dt, n, arg);
}

static void fill_normal(const dl__stream *s, uint64_t first, void *x, dl_dtype dt, int64_t n,
                        const void *arg)
{
    if (dt == DL_F32)
        dl__fill_normal_f32(s, first, x, n);
    else
        dl__fill_normal_f64(s, first, x, n);
    scale(x, dt, n, arg);
}

static dl_status refuse(const char *who, const dl_tensor *t, double a, double b, const char *wanted)
{
    char first[DL__NUMBER], second[DL__NUMBER];
    return dl_fail(t->base.ctx, DL_EINVAL, "%s: %s and %s, wanted %s", who,
                   dl__double_text(first, a), dl__double_text(second, b), wanted);
}

dl_status dl_init_constant(dl_tensor *t, double value)
{
    dl_status s = dl__init_check("init_constant", t);
    if (s != DL_OK || dl__is_meta(t))
        return s;
    return dl_tensor_fill(t, value);
}

dl_status dl_init_uniform(dl_tensor *t, double low, double high)
{
    static const char who[] = "init_uniform";
    const affine a = {low, high - low};
    dl_status s = dl__init_check(who, t);
    if (s != DL_OK)
        return s;
    if (!(low <= high) || !isfinite(a.span))
        return refuse(who, t, low, high, "low <= high, both finite");
    return dl__init_run(who, t, fill_uniform, &a);
}

dl_status dl_init_normal(dl_tensor *t, double mean, double deviation)
{
    static const char who[] = "init_normal";
    const affine a = {mean, deviation};
    dl_status s = dl__init_check(who, t);
    if (s != DL_OK)
        return s;
    if (!isfinite(mean) || !isfinite(deviation) || deviation < 0)
        return refuse(who, t, mean, deviation, "a finite mean and a finite deviation >= 0");
    return dl__init_run(who, t, fill_normal, &a);
}

/* ---- truncated normal ---- */

/* The standard normal on [low, high], by rejection from the uniform distribution; peak is the point
 * of it nearest to 0. */
typedef struct cut {
    affine to;
    double low, high, peak;
} cut;

enum { TRIES = 1 << 14 };

static double draw_cut(const dl__stream *s, uint64_t i, const cut *c)
{
    /* Try k of element i has a block of numbers of its own, far from those of other elements. */
    for (uint64_t k = 0; k < TRIES; k++) {
        uint64_t at = 2 * (i * TRIES + k);
        double z = fma(c->high - c->low, dl__uniform_f64(s, at), c->low);
        if (dl__uniform_f64(s, at + 1) < dl__exp(0.5 * (c->peak * c->peak - z * z)))
            return z;
    }
    return c->peak; /* the least efficient interval accepts one try in 40: never reached */
}

static void fill_cut(const dl__stream *s, uint64_t first, void *x, dl_dtype dt, int64_t n,
                     const void *arg)
{
    const cut *c = arg;
    for (int64_t i = 0; i < n; i++) {
        double v = fma(c->to.span, draw_cut(s, first + (uint64_t)i, c), c->to.base);
        if (dt == DL_F32)
            ((float *)x)[i] = (float)v;
        else
            ((double *)x)[i] = v;
    }
}

dl_status dl_init_trunc_normal(dl_tensor *t, double mean, double deviation, double low, double high)
{
    static const char who[] = "init_trunc_normal";
    dl_status s = dl__init_check(who, t);
    if (s != DL_OK)
        return s;
    if (!isfinite(mean) || !isfinite(deviation) || !(deviation > 0))
        return refuse(who, t, mean, deviation, "a finite mean and a finite deviation > 0");
    if (!(low < high))
        return refuse(who, t, low, high, "low < high");
    cut c = {{mean, deviation}, (low - mean) / deviation, (high - mean) / deviation, 0};
    c.peak = c.low > 0 ? c.low : c.high < 0 ? c.high : 0;
    if (fabs(c.peak) > 1e6)
        return refuse(who, t, low, high, "an interval within a million deviations of the mean");
    /* Farther than this from the peak the density is below e^-36 of its highest: no double
     * notices. */
    double reach = sqrt(c.peak * c.peak + 72) - fabs(c.peak);
    c.low = fmax(c.low, c.peak - (c.peak > 0 ? 0 : reach));
    c.high = fmin(c.high, c.peak + (c.peak < 0 ? 0 : reach));
    return dl__init_run(who, t, fill_cut, &c);
}
