/* Pictures mirrored at random. */
#include <string.h>
#include "data/transform.h"
#include "dl/augment.h"

typedef struct config {
    double p;
    int32_t vertical;
} config;

static void swap_rows(float *a, float *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const float t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

static void reverse(float *a, int64_t n)
{
    for (int64_t i = 0, k = n - 1; i < k; i++, k--) {
        const float t = a[i];
        a[i] = a[k];
        a[k] = t;
    }
}

static void flip(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                 void *scratch)
{
    const config *c = t->config;
    const int64_t h = t->from.h, w = t->from.w;
    (void)in;
    (void)scratch;
    if (!dl__chance(s, 0, c->p))
        return;
    for (int64_t k = 0; k < t->from.c; k++, out += h * w)
        if (c->vertical)
            for (int64_t y = 0; y < h / 2; y++)
                swap_rows(out + y * w, out + (h - 1 - y) * w, w);
        else
            for (int64_t y = 0; y < h; y++)
                reverse(out + y * w, w);
}

static const dl_dataset_class flip_class = DL__TRANSFORM_CLASS("flip");

dl_dataset *dl_dataset_flip(dl_dataset *inner, const dl_flip_opts *opts)
{
    const dl_flip_opts o = opts ? *opts : (dl_flip_opts){0};
    const config c = {dl__option(o.p, 0.5), o.vertical == 1};
    dl__transform t = {.cls = &flip_class,
                       .apply = flip,
                       .draws = 1,
                       .in_place = 1,
                       .config = &c,
                       .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, "dataset_flip", &o) == DL_OK)
        dl__setting(ctx, "dataset_flip", "p", c.p, 0, 1);
    return dl__transform_end(&t, inner);
}
