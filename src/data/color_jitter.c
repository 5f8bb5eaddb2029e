/* Brightness, contrast, saturation and hue, changed at random in a random order. */
#include "data/color.h"
#include "data/transform.h"
#include "dl/augment.h"

typedef struct config {
    double range[4];
} config;

static void jitter(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                   void *scratch)
{
    static void (*const change[])(const dl__picture *p, float *x, float factor) = {
        dl__brightness, dl__contrast, dl__saturation, dl__hue};
    const config *c = t->config;
    int64_t order[4];
    (void)in;
    (void)scratch;
    dl__permutation(s, order, 4);
    for (int k = 0; k < 4; k++) {
        const int64_t what = order[k];
        const double r = c->range[what], middle = what < 3 ? 1 : 0;
        if (r == 0)
            continue;
        const double low = what < 3 && r > 1 ? 0 : middle - r;
        change[what](&t->from, out, (float)dl__between(s, 8 + (uint64_t)what, low, middle + r));
    }
}

static const dl_dataset_class color_jitter_class = DL__TRANSFORM_CLASS("color_jitter");

dl_dataset *dl_dataset_color_jitter(dl_dataset *inner, const dl_color_jitter_opts *opts)
{
    static const char who[] = "dataset_color_jitter";
    static const char *const what[] = {"brightness", "contrast", "saturation", "hue"};
    const dl_color_jitter_opts o = opts ? *opts : (dl_color_jitter_opts){0};
    const config c = {{o.brightness, o.contrast, o.saturation, o.hue}};
    dl__transform t = {.cls = &color_jitter_class,
                       .apply = jitter,
                       .draws = 1,
                       .in_place = 1,
                       .config = &c,
                       .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, who, &o) == DL_OK)
        dl__color_check(ctx, who, &t.from);
    for (int k = 0; ctx && k < 4 && dl__ok(ctx); k++)
        dl__setting(ctx, who, what[k], c.range[k], 0, k < 3 ? 1e6 : 0.5);
    return dl__transform_end(&t, inner);
}
