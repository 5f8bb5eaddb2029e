/* A random rectangle of the picture, resized. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "data/boxes.h"
#include "data/rooms.h"
#include "data/transform.h"
#include "dl/augment.h"
#include "io/resample.h"

typedef struct config {
    dl__box_rule rule;
    size_t resample; /* where its room begins in the scratch, after that of the rectangle */
} config;

/* The largest rectangle in the middle whose sides are in the proportions that are wanted. */
static dl__box middle(const dl__box_rule *r, const dl__picture *p)
{
    const double ratio = (double)p->w / (double)p->h;
    dl__box b = {0, 0, p->h, p->w};
    if (ratio < r->ratio[0])
        b.h = (int64_t)rint((double)p->w / r->ratio[0]);
    else if (ratio > r->ratio[1])
        b.w = (int64_t)rint((double)p->h * r->ratio[1]);
    b.h = b.h < 1 ? 1 : b.h > p->h ? p->h : b.h;
    b.w = b.w < 1 ? 1 : b.w > p->w ? p->w : b.w;
    b.y = (p->h - b.h) / 2;
    b.x = (p->w - b.w) / 2;
    return b;
}

static void crop(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                 void *scratch)
{
    const config *c = t->config;
    const dl__picture *p = &t->from;
    float *cut = scratch;
    dl__box b;
    if (!dl__box_draw(&c->rule, s, p, &b))
        b = middle(&c->rule, p);
    for (int64_t k = 0; k < p->c; k++)
        for (int64_t y = 0; y < b.h; y++)
            memcpy(cut + (k * b.h + y) * b.w, in + (k * p->h + b.y + y) * p->w + b.x,
                   (size_t)b.w * sizeof *cut);
    const dl__resample r = {.h = b.h, .w = b.w, .to_h = t->to.h, .to_w = t->to.w, .f32 = 1};
    dl__resample_run(&r, cut, p->c, out, (char *)scratch + c->resample);
}

static const dl_dataset_class resized_crop_class = DL__TRANSFORM_CLASS("resized_crop");

/* Scratch for the largest rectangle, which is the picture. */
static dl_status lay_out(dl_ctx *ctx, dl__transform *t, config *c)
{
    const dl__picture *p = &t->from;
    const dl__resample r = {.h = p->h, .w = p->w, .to_h = t->to.h, .to_w = t->to.w, .f32 = 1};
    int fits;
    const size_t room = dl__resample_room(&r, &fits);
    size_t bytes = 0;
    fits = fits && dl__room_add(&bytes, (size_t)(p->c * p->h * p->w), sizeof(float));
    c->resample = bytes;
    if (!fits || !dl__room_add(&bytes, room, 1))
        return dl_fail(ctx, DL_ELIMIT, "dataset_resized_crop: %lld by %lld is too large",
                       (long long)t->to.h, (long long)t->to.w);
    t->scratch = bytes;
    return DL_OK;
}

dl_dataset *dl_dataset_resized_crop(dl_dataset *inner, const dl_resized_crop_opts *opts)
{
    static const char who[] = "dataset_resized_crop";
    static const dl__box_rule standard = {{0.08, 1}, {3.0 / 4, 4.0 / 3}};
    const dl_resized_crop_opts o = opts ? *opts : (dl_resized_crop_opts){0};
    config c = {.rule = {{o.min_area, o.max_area}, {o.min_ratio, o.max_ratio}}};
    dl__transform t = {.cls = &resized_crop_class,
                       .apply = crop,
                       .draws = 1,
                       .config = &c,
                       .config_size = sizeof c};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx) {
        t.to.h = o.height ? o.height : t.from.h;
        t.to.w = o.width ? o.width : t.from.w;
        if (t.to.h < 1 || t.to.w < 1)
            dl_fail(ctx, DL_EINVAL, "%s: %lld by %lld is no size", who, (long long)t.to.h,
                    (long long)t.to.w);
        else if (DL__RESERVED(ctx, who, &o) == DL_OK &&
                 dl__box_rule_check(ctx, who, &c.rule, &standard) == DL_OK)
            lay_out(ctx, &t, &c);
    }
    return dl__transform_end(&t, inner);
}
