/* (x - mean) / std, a pair for each channel. */
#include <float.h>
#include "core/check.h"
#include "core/isa.h"
#include "core/text.h"
#include "data/transform.h"
#include "dl/augment.h"
#include "kernels/vector.h"

#define SHIFT(isa, target, unused)                                                                 \
    target static void shift_##isa(float *x, int64_t n, float mean, float std)                     \
    {                                                                                              \
        DL__VECTOR                                                                                 \
        for (int64_t i = 0; i < n; i++)                                                            \
            x[i] = (x[i] - mean) / std;                                                            \
    }
DL__ISA_LIST(SHIFT, )
#define SHIFT_ROW(isa, target, unused) shift_##isa,
static void (*const shifts[])(float *x, int64_t n, float mean,
                              float std) = {DL__ISA_LIST(SHIFT_ROW, )};

/* config: the mean of each channel, then the deviations. */
static void normalize(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                      void *scratch)
{
    const float *mean = t->config, *std = mean + t->from.c;
    const int64_t n = t->from.h * t->from.w;
    (void)s;
    (void)in;
    (void)scratch;
    for (int64_t k = 0; k < t->from.c; k++)
        shifts[dl__loop_isa()](out + k * n, n, mean[k], std[k]);
}

static const dl_dataset_class normalize_class = DL__TRANSFORM_CLASS("normalize");

static dl_status fill(dl_ctx *ctx, float *pairs, const double *mean, const double *std, int64_t n)
{
    char text[DL__NUMBER];
    for (int64_t k = 0; k < n; k++) {
        pairs[k] = (float)mean[k];
        pairs[n + k] = (float)std[k];
        if (dl__setting(ctx, "dataset_normalize", "a mean", mean[k], -FLT_MAX, FLT_MAX) != DL_OK)
            return ctx->status;
        if (!(pairs[n + k] > 0 && std[k] <= FLT_MAX))
            return dl_fail(ctx, DL_EINVAL,
                           "dataset_normalize: deviation %lld is %s, wanted a positive finite f32",
                           (long long)k, dl__double_text(text, std[k]));
    }
    return DL_OK;
}

/* Room for the numbers of t's config, checked; NULL on failure. */
static float *pairs_of(dl_ctx *ctx, dl__transform *t, const double *mean, const double *std,
                       int64_t n)
{
    if (!mean || !std || n != t->from.c) {
        dl_fail(ctx, DL_EINVAL,
                "dataset_normalize: mean or std is NULL, or there are %lld for %lld channels",
                (long long)n, (long long)t->from.c);
        return NULL;
    }
    if (!dl__mul_size((size_t)n, 2 * sizeof(float), &t->config_size)) {
        dl_fail(ctx, DL_ELIMIT, "dataset_normalize: %lld channels are too many", (long long)n);
        return NULL;
    }
    float *pairs = dl__alloc(ctx, t->config_size);
    if (pairs)
        fill(ctx, pairs, mean, std, n);
    return pairs;
}

dl_dataset *dl_dataset_normalize(dl_dataset *inner, int32_t field, const double *mean,
                                 const double *std, int64_t n)
{
    dl__transform t = {.cls = &normalize_class, .apply = normalize, .in_place = 1};
    dl_ctx *ctx = dl__transform_begin(&t, inner, field);
    float *pairs = ctx ? pairs_of(ctx, &t, mean, std, n) : NULL;
    t.config = pairs;
    dl_dataset *d = dl__transform_end(&t, inner);
    dl__free(pairs);
    return d;
}
