/* Random draws of examples, with chances in proportion to weights.
 *
 * With replacement: draw i is the first example whose sum of weights, up to and with its own, is
 * above u_i times the sum of all. Without: the examples with the smallest -log(u_i) / w_i, in
 * rising order, which is the same as drawing one after the other from those that are left
 * (Efraimidis, Spirakis, Weighted random sampling with a reservoir, 2006). u_i is element i of the
 * stream (seed, DL__FOR_DRAW, epoch). */
#include "data/sampler.h"
#include <float.h>
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/math.h"
#include "core/order.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/text.h"

/* The sum of the weights; the first that is wrong goes to *bad. */
static double add_up(dl__sampler *s, const double *w, int64_t *bad)
{
    double sum = 0;
    *bad = -1;
    s->positive = 0;
    for (int64_t i = 0; i < s->n && *bad < 0; i++) {
        if (!(w[i] >= 0) || isinf(w[i]))
            *bad = i;
        sum += w[i];
        if (w[i] > 0) {
            s->positive++;
            s->last = i;
        }
    }
    return dl__fpmode_pin(sum);
}

static dl_status check_weights(dl__sampler *s, dl_ctx *ctx, const dl_loader_opts *o)
{
    char text[DL__NUMBER];
    int64_t bad;
    if (o->n_weight != s->n)
        return dl_fail(ctx, DL_EINVAL, "loader: %lld weights for %lld examples",
                       (long long)o->n_weight, (long long)s->n);
    dl__fpmode host = dl__fpmode_enter();
    double sum = add_up(s, o->weight, &bad);
    dl__fpmode_leave(host);
    if (bad >= 0)
        return dl_fail(ctx, DL_EINVAL, "loader: weight %lld is %s, it wants to be finite and >= 0",
                       (long long)bad, dl__double_text(text, o->weight[bad]));
    if (!(sum > 0) || isinf(sum))
        return dl_fail(ctx, DL_EINVAL,
                       "loader: the weights add up to %s, wanted is a finite number above 0",
                       dl__double_text(text, sum));
    return DL_OK;
}

static dl_status check(dl__sampler *s, dl_ctx *ctx, const dl_loader_opts *o)
{
    if (o->sample < DL_SAMPLE_ALL || o->sample > DL_SAMPLE_ONCE)
        return dl_fail(ctx, DL_EINVAL, "loader: sample is %d, it wants DL_SAMPLE_*",
                       (int)o->sample);
    if (o->sample == DL_SAMPLE_ALL && (o->weight || o->n_weight || o->draws))
        return dl_fail(ctx, DL_EINVAL,
                       "loader: there are weights or draws, and sample is not set to "
                       "DL_SAMPLE_REPLACE or DL_SAMPLE_ONCE");
    s->positive = s->n;
    if (!o->weight && o->n_weight)
        return dl_fail(ctx, DL_EINVAL, "loader: %lld weights are NULL", (long long)o->n_weight);
    if (o->weight && check_weights(s, ctx, o) != DL_OK)
        return ctx->status;
    s->draws = o->draws != 0 ? o->draws : o->sample == DL_SAMPLE_ONCE ? s->positive : s->n;
    if (s->draws < 0 || (o->sample == DL_SAMPLE_ONCE && s->draws > s->positive))
        return dl_fail(ctx, DL_EINVAL,
                       "loader: %lld draws were asked for, %lld examples can be drawn",
                       (long long)s->draws, (long long)s->positive);
    return DL_OK;
}

/* A positive weight stays one. */
static double share(double w, double largest)
{
    return w > 0 && w / largest < DBL_MIN ? DBL_MIN : w / largest;
}

/* Keeps the weights, in the form that drawing needs: their sums, or shares of the largest, so that
 * quotients by very small and very large ones stay numbers. */
static void keep(dl__sampler *s, const double *w)
{
    double sum = 0, largest = 0;
    dl__fpmode host = dl__fpmode_enter();
    for (int64_t i = 0; i < s->n; i++)
        largest = w[i] > largest ? w[i] : largest;
    for (int64_t i = 0; i < s->n; i++) {
        sum += w[i];
        s->weight[i] = dl__fpmode_pin(s->kind == DL_SAMPLE_REPLACE ? sum : share(w[i], largest));
        uint64_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        s->digest = (s->digest ^ (uint32_t)(bits ^ bits >> 32)) * 16777619u;
    }
    dl__fpmode_leave(host);
}

dl_status dl__sampler_init(dl__sampler *s, dl_ctx *ctx, const dl_loader_opts *o, int64_t n)
{
    size_t bytes, twice;
    *s = (dl__sampler){.kind = o->sample, .n = n, .draws = n, .digest = 2166136261u};
    if (check(s, ctx, o) != DL_OK)
        return ctx->status;
    if (!dl__mul_size((size_t)n, sizeof(double), &bytes) || !dl__mul_size(bytes, 2, &twice))
        return dl_fail(ctx, DL_ELIMIT, "loader: %lld examples are too many", (long long)n);
    if (o->weight && (s->weight = dl__alloc(ctx, bytes)))
        keep(s, o->weight);
    if (s->kind == DL_SAMPLE_ONCE && dl__ok(ctx)) {
        s->key = dl__alloc(ctx, bytes);
        s->order = s->key ? dl__alloc(ctx, twice) : NULL;
    }
    if (!dl__ok(ctx))
        dl__sampler_end(s);
    return ctx->status;
}

void dl__sampler_end(dl__sampler *s)
{
    dl__free(s->weight);
    dl__free(s->key);
    dl__free(s->order);
    s->weight = s->key = NULL;
    s->order = NULL;
}

/* The first example whose sum is above u times the whole. One without weight has the sum of its
 * neighbour and is never the first. Where the product was rounded up to the whole, as can be near
 * the least numbers, it is the last that has a weight. */
static int64_t find(const dl__sampler *s, double u)
{
    double wanted = u * s->weight[s->n - 1];
    int64_t low = 0, high = s->last;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->weight[middle] > wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void draw_once(dl__sampler *s, const dl__stream *stream, int64_t *index)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double w = s->weight ? s->weight[i] : 1;
        if (!(w > 0))
            continue;
        /* 1 - u is above 0, and its logarithm finite. */
        s->key[i] = -dl__ln(1 - dl__uniform_f64(stream, (uint64_t)i)) / w;
        s->order[n++] = i;
    }
    dl__order(s->order, s->order + s->n, n, dl__before_f64, s->key);
    memcpy(index, s->order, (size_t)s->draws * sizeof *index);
}

void dl__sampler_draw(dl__sampler *s, uint64_t seed, int64_t epoch, int64_t *index)
{
    dl__stream stream = dl__random_stream(seed, DL__FOR_DRAW, (uint64_t)epoch);
    dl__fpmode host = dl__fpmode_enter();
    if (s->kind == DL_SAMPLE_ONCE)
        draw_once(s, &stream, index);
    for (int64_t i = 0; s->kind == DL_SAMPLE_REPLACE && i < s->draws; i++)
        index[i] = s->weight ? find(s, dl__uniform_f64(&stream, (uint64_t)i))
                             : (int64_t)dl__bounded(&stream, (uint64_t)i, (uint64_t)s->n);
    dl__fpmode_leave(host);
}
