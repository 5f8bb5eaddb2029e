/* What a profile has found, as rows. */
#include "module/profile.h"
#include <math.h>
#include <string.h>
#include "core/clock.h"
#include "core/order.h"
#include "kernels/peak.h"
#include "tensor/tensor.h"

dl_status dl_profile_start(dl_ctx *ctx, const dl_profile_opts *o)
{
    enum { EVENTS = 1000000 };
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    const int64_t events = o ? o->events : 0;
    if (events < DL_OFF)
        return dl_fail(ctx, DL_EINVAL, "profile: events is %lld, wanted a number or DL_OFF",
                       (long long)events);
    if (o && DL__RESERVED(ctx, "profile", o) != DL_OK)
        return ctx->status;
    if (ctx->profile)
        return dl_fail(ctx, DL_ESTATE, "profile: one runs already");
    return dl__profile_new(ctx, events == DL_OFF ? 0 : events ? events : EVENTS);
}

dl_status dl_profile_stop(dl_ctx *ctx)
{
    if (!ctx)
        return DL_EINVAL;
    if (!ctx->profile)
        return dl_fail(ctx, DL_ESTATE, "profile: none runs");
    if (ctx->profile->open > 0)
        return dl_fail(ctx, DL_ESTATE, "profile: a module or an operation runs");
    ctx->profile->ended = dl__nanoseconds();
    ctx->profile = NULL;
    return DL_OK;
}

double dl_profile_seconds(const dl_ctx *ctx)
{
    const dl__profile *p = ctx ? ctx->profiled : NULL;
    return p ? (double)((p->ended ? p->ended : dl__nanoseconds()) - p->began) * 1e-9 : 0;
}

double dl_profile_peak(dl_ctx *ctx, dl_dtype dtype)
{
    if (!ctx || (dtype != DL_F32 && dtype != DL_F64))
        return 0;
    double *known = &ctx->fma_peak[dtype == DL_F64];
    if (*known == 0)
        *known = dl__fma_peak(ctx, dtype);
    return *known;
}

/* Sums of sums: what by does not tell apart. */
static int same(const dl__tally *a, const dl__tally *b, int32_t by)
{
    return a->phase == b->phase && (by == DL_PROFILE_OPERATIONS || a->site == b->site) &&
           (by == DL_PROFILE_LAYERS || strcmp(a->name, b->name) == 0);
}

static int32_t gather(const dl__profile *p, int32_t by, dl__tally *sum)
{
    int32_t n = 0;
    for (int32_t i = 0; i < p->n_tally; i++) {
        const dl__tally *t = &p->tally[i];
        int32_t k = 0;
        while (k < n && !same(&sum[k], t, by))
            k++;
        if (k == n) {
            sum[n++] = *t;
            continue;
        }
        dl__tally *s = &sum[k];
        s->calls += t->calls;
        s->ns += t->ns;
        s->flops[0] += t->flops[0];
        s->flops[1] += t->flops[1];
        s->read += t->read;
        s->written += t->written;
        s->scratch = t->scratch > s->scratch ? t->scratch : s->scratch;
        s->peak = t->peak > s->peak ? t->peak : s->peak;
    }
    return n;
}

static int longer(const void *keys, int64_t a, int64_t b)
{
    const dl__tally *t = keys;
    return t[a].ns > t[b].ns;
}

static dl_profile_row row_of(dl_ctx *ctx, const dl__tally *t, int32_t by)
{
    const dl__site *site = &ctx->profiled->sites[t->site];
    const int whole = by == DL_PROFILE_OPERATIONS;
    dl_profile_row r = {.path = whole ? NULL : site->path,
                        .operation = by == DL_PROFILE_LAYERS ? NULL : t->name,
                        .phase = t->phase,
                        .depth = whole ? -1 : site->depth,
                        .calls = t->calls,
                        .seconds = (double)t->ns * 1e-9,
                        .flops = t->flops[0] + t->flops[1],
                        .peak_share = NAN,
                        .bytes_read = t->read,
                        .bytes_written = t->written,
                        .bytes_scratch = t->scratch,
                        .bytes_peak = t->peak};
    double ideal = 0; /* seconds at the peak */
    for (int k = 0; k < 2; k++)
        if (t->flops[k] > 0)
            ideal += t->flops[k] / dl_profile_peak(ctx, k ? DL_F64 : DL_F32);
    if (t->ns > 0)
        r.peak_share = ideal / r.seconds;
    return r;
}

static dl_status check(dl_ctx *ctx, int32_t by)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (by < DL_PROFILE_CALLS || by > DL_PROFILE_OPERATIONS)
        return dl_fail(ctx, DL_EINVAL,
                       "profile: by is %d, wanted DL_PROFILE_CALLS, LAYERS or "
                       "OPERATIONS",
                       (int)by);
    if (!ctx->profiled)
        return dl_fail(ctx, DL_ESTATE, "profile: there was none");
    return DL_OK;
}

dl_status dl__profile_list(dl_ctx *ctx, int32_t by, dl_profile_row **rows, int32_t *n)
{
    *rows = NULL;
    *n = 0;
    if (check(ctx, by) != DL_OK)
        return ctx ? ctx->status : DL_EINVAL;
    const dl__profile *p = ctx->profiled;
    const size_t cap = (size_t)p->n_tally;
    dl__tally *sum = dl__alloc(ctx, cap * sizeof *sum);
    int64_t *order = dl__alloc(ctx, 2 * cap * sizeof *order);
    dl_profile_row *list = dl__alloc(ctx, cap * sizeof *list);
    if (sum && order && list) {
        *n = gather(p, by, sum);
        for (int32_t i = 0; i < *n; i++)
            order[i] = i;
        dl__order(order, order + cap, *n, longer, sum);
        for (int32_t i = 0; i < *n; i++)
            list[i] = row_of(ctx, &sum[order[i]], by);
        *rows = list;
        list = NULL;
    }
    dl__free(list);
    dl__free(order);
    dl__free(sum);
    return ctx->status;
}

int32_t dl_profile_rows(dl_ctx *ctx, int32_t by, dl_profile_row *rows, int32_t cap)
{
    dl_profile_row *list;
    int32_t n;
    if (ctx && dl__ok(ctx) && cap > 0 && !rows)
        return dl_fail(ctx, DL_EINVAL, "profile: there is no room for rows");
    const dl_status status = dl__profile_list(ctx, by, &list, &n);
    if (status == DL_OK && cap > 0)
        memcpy(rows, list, (size_t)(n < cap ? n : cap) * sizeof *rows);
    dl__free(list);
    return status == DL_OK ? n : status;
}
