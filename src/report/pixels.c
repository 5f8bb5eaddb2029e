/* Numbers as pixels. */
#include "report/pixels.h"
#include <math.h>
#include "core/memory.h"
#include "core/text.h"
#include "dl/ext.h"
#include "io/png.h"

static const unsigned char nothing[3] = {0xb0, 0x20, 0xd0}; /* NaN */

void dl__range_widen(dl__range *r, const dl__tile *t)
{
    for (int32_t p = 0; p < t->planes; p++)
        for (int64_t i = 0; i < t->h * t->w; i++) {
            double v = t->v[p * t->apart + i];
            if (!(fabs(v) <= 1e300))
                continue;
            if (!(v >= r->low))
                r->low = v;
            if (!(v <= r->high))
                r->high = v;
        }
}

void dl__range_settle(dl__range *r, int middle)
{
    if (isnan(r->low))
        r->low = r->high = 0;
    if (middle) {
        double most = fmax(fabs(r->low), fabs(r->high));
        r->low = -most;
        r->high = most;
    }
    if (!(r->high > r->low)) {
        r->low -= 0.5 * fmax(fabs(r->low), 1);
        r->high += 0.5 * fmax(fabs(r->high), 1);
    }
}

static unsigned char level(double v, const dl__range *r)
{
    double share = (v - r->low) / (r->high - r->low);
    return (unsigned char)(share > 0 ? share < 1 ? 255 * share + 0.5 : 255 : 0);
}

static int has_nan(const dl__tile *t)
{
    for (int64_t i = 0; i < t->h * t->w; i++)
        if (isnan(t->v[i]))
            return 1;
    return 0;
}

/* [h, w, *channels] bytes for dl__free: 1 (grey) or 3 of them. */
static unsigned char *colored(dl_ctx *ctx, const dl__tile *t, const dl__range *r, int32_t *channels)
{
    const int32_t n = *channels = t->planes == 3 || has_nan(t) ? 3 : 1;
    unsigned char *to = dl__alloc(ctx, (size_t)n * (size_t)(t->h * t->w));
    for (int64_t i = 0; to && i < t->h * t->w; i++) {
        int none = 0;
        for (int32_t k = 0; k < n; k++) {
            double v = t->v[(t->planes == 3 ? k : 0) * t->apart + i];
            none |= isnan(v);
            to[n * i + k] = level(v, r);
        }
        for (int32_t k = 0; none && k < n; k++)
            to[n * i + k] = nothing[k];
    }
    return to;
}

void dl__svg_tile(dl__svg *s, const dl__tile *t, const dl__range *r, double x, double y,
                  double width, double height)
{
    void *png = NULL;
    size_t n = 0;
    int32_t channels;
    unsigned char *bytes = dl__ok(s->ctx) ? colored(s->ctx, t, r, &channels) : NULL;
    if (bytes && dl__png_encode(s->ctx, bytes, t->h, t->w, channels, &png, &n) == DL_OK) {
        dl__svg_box(s, "<image", x, y, width, height);
        dl__svg_add(s, " preserveAspectRatio=\"none\"%s href=\"data:image/png;base64,",
                    width >= (double)t->w ? " class=\"pixels\"" : "");
        dl__svg_base64(s, png, n);
        dl__svg_add(s, "\"/>\n");
    }
    dl__free(png);
    dl__free(bytes);
}

/* The mean over rows [y0, y1) and columns [x0, x1). */
static double mean_of(const double *v, int64_t w, int64_t y0, int64_t y1, int64_t x0, int64_t x1)
{
    double sum = 0;
    for (int64_t y = y0; y < y1; y++)
        for (int64_t x = x0; x < x1; x++)
            sum += v[y * w + x];
    return sum / (double)((y1 - y0) * (x1 - x0));
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

dl_status dl__tile_shrink(dl_ctx *ctx, const dl__tile *t, int64_t most, dl__tile *out,
                          double **memory)
{
    int64_t longest = t->h > t->w ? t->h : t->w, by = (longest + most - 1) / most;
    *out = *t;
    *memory = NULL;
    if (by <= 1)
        return ctx->status;
    out->h = (t->h + by - 1) / by;
    out->w = (t->w + by - 1) / by;
    out->apart = out->h * out->w;
    double *to = dl__alloc(ctx, (size_t)(out->planes * out->apart) * sizeof *to);
    if (!to)
        return ctx->status;
    for (int32_t p = 0; p < t->planes; p++)
        for (int64_t y = 0; y < out->h; y++)
            for (int64_t x = 0; x < out->w; x++)
                to[p * out->apart + y * out->w + x] =
                    mean_of(t->v + p * t->apart, t->w, y * by, least(t->h, (y + 1) * by), x * by,
                            least(t->w, (x + 1) * by));
    out->v = *memory = to;
    return DL_OK;
}

double *dl__pixels_of(dl_ctx *ctx, const char *who, const dl_tensor *t)
{
    if (!t || t->base.ctx != ctx) {
        dl_fail(ctx, DL_EINVAL, "%s: the tensor is %s", who, t ? "of another context" : "NULL");
        return NULL;
    }
    if (dl__is_meta(t)) {
        dl_fail(ctx, DL_ESTATE, "%s: a meta tensor has no data", who);
        return NULL;
    }
    if (!dl__is_float(t->dtype) && t->dtype != DL_U8) {
        dl_fail(ctx, DL_EDTYPE, "%s: the tensor is %s, f32, f64 or u8 is wanted", who,
                dl_dtype_name(t->dtype));
        return NULL;
    }
    if (dl__count_of(t) > DL__PIXELS) {
        dl_fail(ctx, DL_ELIMIT, "%s: %lld elements, at most %d can be shown", who,
                (long long)dl__count_of(t), DL__PIXELS);
        return NULL;
    }
    return dl__elements_as(t, DL_F64);
}
