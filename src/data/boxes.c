#include "data/boxes.h"
#include <math.h>
#include <string.h>
#include "core/math.h"

dl_status dl__box_rule_check(dl_ctx *ctx, const char *who, dl__box_rule *r,
                             const dl__box_rule *standard)
{
    for (int k = 0; k < 2; k++) {
        r->area[k] = r->area[k] == 0 ? standard->area[k] : r->area[k];
        r->ratio[k] = r->ratio[k] == 0 ? standard->ratio[k] : r->ratio[k];
    }
    if (dl__setting(ctx, who, "max_area", r->area[1], 1e-6, 1) == DL_OK &&
        dl__setting(ctx, who, "min_area", r->area[0], 1e-6, r->area[1]) == DL_OK &&
        dl__setting(ctx, who, "max_ratio", r->ratio[1], 1e-3, 1e3) == DL_OK)
        dl__setting(ctx, who, "min_ratio", r->ratio[0], 1e-3, r->ratio[1]);
    return ctx->status;
}

int dl__box_draw(const dl__box_rule *r, const dl__stream *s, const dl__picture *p, dl__box *b)
{
    const double low = dl__ln(r->ratio[0]), high = dl__ln(r->ratio[1]);
    for (uint64_t k = 0; k < 40; k += 4) {
        const double area = (double)p->h * (double)p->w * dl__between(s, k, r->area[0], r->area[1]);
        const double ratio = dl__exp(dl__between(s, k + 1, low, high));
        const double w = rint(sqrt(area * ratio)), h = rint(sqrt(area / ratio));
        if (!(w >= 1 && h >= 1 && w <= (double)p->w && h <= (double)p->h))
            continue;
        b->h = (int64_t)h;
        b->w = (int64_t)w;
        b->y = (int64_t)dl__bounded(s, 62, (uint64_t)(p->h - b->h + 1));
        b->x = (int64_t)dl__bounded(s, 63, (uint64_t)(p->w - b->w + 1));
        return 1;
    }
    return 0;
}

/* The part of [at, at + n) that lies in [0, size): where it begins, and *length. */
static int64_t clip(int64_t at, int64_t n, int64_t size, int64_t *length)
{
    const int64_t first = at < 0 ? 0 : at, end = at + n < size ? at + n : size;
    *length = end > first ? end - first : 0;
    return first;
}

dl__box dl__box_around(const dl__picture *p, int64_t y, int64_t x, int64_t h, int64_t w)
{
    dl__box b;
    b.y = clip(y, h, p->h, &b.h);
    b.x = clip(x, w, p->w, &b.w);
    return b;
}

void dl__box_fill(const dl__picture *p, const dl__box *b, float *out, float value)
{
    for (int64_t k = 0; k < p->c; k++)
        for (int64_t y = b->y; y < b->y + b->h; y++) {
            float *row = out + (k * p->h + y) * p->w;
            for (int64_t x = b->x; x < b->x + b->w; x++)
                row[x] = value;
        }
}

void dl__box_copy(const dl__picture *p, const dl__box *b, const float *in, float *out)
{
    for (int64_t k = 0; k < p->c; k++)
        for (int64_t y = b->y; y < b->y + b->h; y++) {
            const int64_t at = (k * p->h + y) * p->w + b->x;
            memcpy(out + at, in + at, (size_t)b->w * sizeof *out);
        }
}
