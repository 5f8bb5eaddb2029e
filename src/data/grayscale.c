/* Pictures without their colours, at random. */
#include "data/color.h"
#include "data/transform.h"
#include "dl/augment.h"

static void gray(const dl__transform *t, const dl__stream *s, const float *in, float *out,
                 void *scratch)
{
    (void)in;
    (void)scratch;
    if (dl__chance(s, 0, *(const double *)t->config))
        dl__grayscale(&t->from, out);
}

static const dl_dataset_class grayscale_class = DL__TRANSFORM_CLASS("grayscale");

dl_dataset *dl_dataset_grayscale(dl_dataset *inner, const dl_grayscale_opts *opts)
{
    static const char who[] = "dataset_grayscale";
    const dl_grayscale_opts o = opts ? *opts : (dl_grayscale_opts){0};
    const double p = dl__option(o.p, 0.1);
    dl__transform t = {.cls = &grayscale_class,
                       .apply = gray,
                       .draws = 1,
                       .in_place = 1,
                       .config = &p,
                       .config_size = sizeof p};
    dl_ctx *ctx = dl__transform_begin(&t, inner, o.field);
    if (ctx && DL__RESERVED(ctx, who, &o) == DL_OK && dl__setting(ctx, who, "p", p, 0, 1) == DL_OK)
        dl__color_check(ctx, who, &t.from);
    return dl__transform_end(&t, inner);
}
