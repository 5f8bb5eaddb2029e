/* A window at a random place of the padded picture. */
#include <string.h>
#include "core/check.h"
#include "data/transform.h"
#include "dl/augment.h"

typedef struct config {
    int64_t pad;
    int32_t mode;
    float value;
} config;

/* Which of n places stands at i, which may lie outside; -1: none does. */
static int64_t place(int64_t i, int64_t n, int32_t mode)
{
    if (i >= 0 && i < n)
        return i;
    switch (mode) {
    case DL_PAD_REFLECT:
        return i < 0 ? -i : 2 * (n - 1) - i;
    case DL_PAD_REPLICATE:
        return i < 0 ? 0 : n - 1;
    case DL_PAD_CIRCULAR:
        return i < 0 ? i + n : i - n;
    default:
        return -1;
    }
}

/* The n places from `left` on of a row of w. */
static void crop_row(const config *c, const float *in, int64_t w, int64_t left, float *out,
                     int64_t n)
{
    const int64_t first = left < 0 ? (left < -n ? n : -left) : 0;
    const int64_t end = w - left < n ? (w - left < first ? first : w - left) : n;
    for (int64_t x = 0; x < first; x++) {
        const int64_t from = place(left + x, w, c->mode);
        out[x] = from < 0 ? c->value : in[from];
    }
    if (end > first)
        memcpy(out + first, in + left + first, (size_t)(end - first) * sizeof *out);
    for (int64_t x = end; x < n; x++) {
        const int64_t from = place(left + x, w, c->mode);
        out[x] = from < 0 ? c->value : in[from];
    }
}

static void crop(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                 void *scratch)
{
    const config *c = t->config;
    const int64_t h = t->from.h, w = t->from.w;
    const uint64_t down = (uint64_t)(h + 2 * c->pad - t->to.h + 1);
    const uint64_t right = (uint64_t)(w + 2 * c->pad - t->to.w + 1);
    const int64_t top = (int64_t)dl__bounded(s, 0, down) - c->pad;
    const int64_t left = (int64_t)dl__bounded(s, 1, right) - c->pad;
    (void)scratch;
    for (int64_t k = 0; k < t->to.c; k++, in += h * w)
        for (int64_t y = 0; y < t->to.h; y++, out += t->to.w) {
            const int64_t from = place(top + y, h, c->mode);
            if (from >= 0)
                crop_row(c, in + from * w, w, left, out, t->to.w);
            else
                for (int64_t x = 0; x < t->to.w; x++)
                    out[x] = c->value;
        }
}

static const dl_dataset_class pad_crop_class = DL__TRANSFORM_CLASS("pad_crop");

static dl_status check(dl_ctx *ctx, const dl_pad_crop_opts *o, int64_t pad, const dl__transform *t)
{
    static const char who[] = "dataset_pad_crop";
    const int64_t least = t->from.h < t->from.w ? t->from.h : t->from.w;
    if (DL__RESERVED(ctx, who, o) != DL_OK)
        return ctx->status;
    if (o->mode < DL_PAD_ZEROS || o->mode > DL_PAD_CIRCULAR)
        return dl_fail(ctx, DL_EINVAL, "%s: mode is %d, wanted DL_PAD_*", who, (int)o->mode);
    if (pad < 0 || pad > INT32_MAX)
        return dl_fail(ctx, DL_EINVAL, "%s: pad is %lld, wanted 0 to %d", who, (long long)pad,
                       INT32_MAX);
    if ((o->mode == DL_PAD_REFLECT && pad >= least) || (o->mode == DL_PAD_CIRCULAR && pad > least))
        return dl_fail(ctx, DL_ESHAPE, "%s: pad is %lld and mode %d for pictures of %lld by %lld",
                       who, (long long)pad, (int)o->mode, (long long)t->from.h,
                       (long long)t->from.w);
    if (t->to.h < 1 || t->to.w < 1 || t->to.h > t->from.h + 2 * pad ||
        t->to.w > t->from.w + 2 * pad)
        return dl_fail(ctx, DL_ESHAPE,
                       "%s: %lld by %lld were asked for, the padded picture has %lld by %lld", who,
                       (long long)t->to.h, (long long)t->to.w, (long long)(t->from.h + 2 * pad),
                       (long long)(t->from.w + 2 * pad));
    return DL_OK;
}

dl_dataset *dl_dataset_pad_crop(dl_dataset *inner, const dl_pad_crop_opts *opts)
{
    const dl_pad_crop_opts o = opts ? *opts : (dl_pad_crop_opts){0};
    const int64_t pad = o.pad == 0 ? 4 : o.pad == DL_OFF ? 0 : o.pad;
    const config c = {pad, o.mode, o.mode == DL_PAD_CONSTANT ? (float)o.value : 0};
    dl__transform t = {
        .cls = &pad_crop_class, .apply = crop, .draws = 1, .config = &c, .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx) {
        t.to.h = o.height ? o.height : t.from.h;
        t.to.w = o.width ? o.width : t.from.w;
        check(ctx, &o, pad, &t);
    }
    return dl__transform_end(&t, inner);
}
