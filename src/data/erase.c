/* A random rectangle erased. */
#include "data/boxes.h"
#include "data/transform.h"
#include "dl/augment.h"

typedef struct config {
    double p;
    dl__box_rule rule;
    float value;
    int32_t noise;
} config;

/* Element i of the picture, in its own order, takes normal number FIRST + i. */
enum { FIRST = 256 };

static void noise(const dl__picture *p, const dl__box *b, const dl__stream *s, float *out)
{
    for (int64_t k = 0; k < p->c; k++)
        for (int64_t y = b->y; y < b->y + b->h; y++) {
            const int64_t at = (k * p->h + y) * p->w + b->x;
            dl__fill_normal_f32(s, FIRST + (uint64_t)at, out + at, b->w);
        }
}

static void erase(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                  void *scratch)
{
    const config *c = t->config;
    dl__box b;
    (void)in;
    (void)scratch;
    if (!dl__chance(s, 40, c->p) || !dl__box_draw(&c->rule, s, &t->from, &b))
        return;
    if (c->noise)
        noise(&t->from, &b, s, out);
    else
        dl__box_fill(&t->from, &b, out, c->value);
}

static const dl_dataset_class erase_class = DL__TRANSFORM_CLASS("erase");

dl_dataset *dl_dataset_erase(dl_dataset *inner, const dl_erase_opts *opts)
{
    static const char who[] = "dataset_erase";
    static const dl__box_rule standard = {{0.02, 0.33}, {0.3, 3.3}};
    const dl_erase_opts o = opts ? *opts : (dl_erase_opts){0};
    config c = {.p = dl__option(o.p, 0.5),
                .rule = {{o.min_area, o.max_area}, {o.min_ratio, o.max_ratio}},
                .value = (float)o.value,
                .noise = o.noise == 1};
    dl__transform t = {.cls = &erase_class,
                       .apply = erase,
                       .draws = 1,
                       .in_place = 1,
                       .config = &c,
                       .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, who, &o) == DL_OK &&
        dl__setting(ctx, who, "p", c.p, 0, 1) == DL_OK &&
        dl__box_rule_check(ctx, who, &c.rule, &standard) == DL_OK) {
        const dl__box_rule r = c.rule; /* boxes have width over height */
        c.rule.ratio[0] = 1 / r.ratio[1];
        c.rule.ratio[1] = 1 / r.ratio[0];
    }
    return dl__transform_end(&t, inner);
}
