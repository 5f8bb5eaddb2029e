/* Square holes at random places. */
#include "data/boxes.h"
#include "data/transform.h"
#include "dl/augment.h"

typedef struct config {
    int64_t holes, size;
    float value;
} config;

static void cut(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                void *scratch)
{
    const config *c = t->config;
    (void)in;
    (void)scratch;
    for (int64_t k = 0; k < c->holes; k++) {
        const int64_t y = (int64_t)dl__bounded(s, 2 * (uint64_t)k, (uint64_t)t->from.h);
        const int64_t x = (int64_t)dl__bounded(s, 2 * (uint64_t)k + 1, (uint64_t)t->from.w);
        const dl__box hole =
            dl__box_around(&t->from, y - c->size / 2, x - c->size / 2, c->size, c->size);
        dl__box_fill(&t->from, &hole, out, c->value);
    }
}

static const dl_dataset_class cutout_class = DL__TRANSFORM_CLASS("cutout");

dl_dataset *dl_dataset_cutout(dl_dataset *inner, const dl_cutout_opts *opts)
{
    static const char who[] = "dataset_cutout";
    const dl_cutout_opts o = opts ? *opts : (dl_cutout_opts){0};
    const config c = {o.holes == 0        ? 1
                      : o.holes == DL_OFF ? 0
                                          : o.holes,
                      o.size ? o.size : 16, (float)o.value};
    dl__transform t = {.cls = &cutout_class,
                       .apply = cut,
                       .draws = 1,
                       .in_place = 1,
                       .config = &c,
                       .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, who, &o) == DL_OK &&
        dl__setting(ctx, who, "holes", (double)c.holes, 0, 1000) == DL_OK)
        dl__setting(ctx, who, "size", (double)c.size, 1, INT32_MAX);
    return dl__transform_end(&t, inner);
}
