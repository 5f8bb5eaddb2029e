/* Pictures turned by a random angle. */
#include "data/rotate.h"
#include <math.h>
#include "core/math.h"
#include "dl/augment.h"

typedef struct config {
    double degrees;
    int32_t nearest;
    float fill;
} config;

/* What stands at (y, x) of a plane; fill outside. */
static inline float at(const dl__picture *p, const float *plane, int64_t y, int64_t x, float fill)
{
    return y >= 0 && y < p->h && x >= 0 && x < p->w ? plane[y * p->w + x] : fill;
}

static void sample(const dl__picture *p, double y, double x, int32_t nearest, float fill,
                   const float *in, float *out)
{
    const double top = nearest ? rint(y) : floor(y), left = nearest ? rint(x) : floor(x);
    const int64_t i = (int64_t)top, k = (int64_t)left, n = p->h * p->w;
    const float b = (float)(y - top), r = (float)(x - left); /* weights of what is below, right */
    for (int64_t c = 0; c < p->c; c++, in += n, out += n) {
        if (nearest) {
            *out = at(p, in, i, k, fill);
            continue;
        }
        const float above = (1 - r) * at(p, in, i, k, fill) + r * at(p, in, i, k + 1, fill);
        const float below = (1 - r) * at(p, in, i + 1, k, fill) + r * at(p, in, i + 1, k + 1, fill);
        *out = (1 - b) * above + b * below;
    }
}

void dl__rotate(const dl__picture *p, double degrees, int32_t nearest, float fill, const float *in,
                float *out)
{
    const double angle = degrees * (3.14159265358979323846 / 180);
    const double cosine = dl__cos(angle), sine = dl__sin(angle);
    const double my = (double)(p->h - 1) / 2, mx = (double)(p->w - 1) / 2;
    for (int64_t y = 0; y < p->h; y++)
        for (int64_t x = 0; x < p->w; x++) {
            const double dy = (double)y - my, dx = (double)x - mx;
            sample(p, sine * dx + cosine * dy + my, cosine * dx - sine * dy + mx, nearest, fill, in,
                   out + y * p->w + x);
        }
}

static void rotate(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                   void *scratch)
{
    const config *c = t->config;
    (void)scratch;
    dl__rotate(&t->from, dl__between(s, 0, -c->degrees, c->degrees), c->nearest, c->fill, in, out);
}

static const dl_dataset_class rotate_class = DL__TRANSFORM_CLASS("rotate");

dl_dataset *dl_dataset_rotate(dl_dataset *inner, const dl_rotate_opts *opts)
{
    const dl_rotate_opts o = opts ? *opts : (dl_rotate_opts){0};
    const config c = {dl__option(o.degrees, 15), o.nearest == 1, (float)o.fill};
    dl__transform t = {
        .cls = &rotate_class, .apply = rotate, .draws = 1, .config = &c, .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, "dataset_rotate", &o) == DL_OK)
        dl__setting(ctx, "dataset_rotate", "degrees", c.degrees, 0, 180);
    return dl__transform_end(&t, inner);
}
