/* max(0, margin + |a - p| - |a - n|) of an anchor a, p that is like it, n that is not. */
#include "ops/distance.h"
#include "ops/loss.h"

/* Added to each difference, as PyTorch's triplet_margin_loss does. */
static const double small = 1e-6;

/* 1 when the three are of one type and shape, [N, D] or [D]. */
static int check(dl_tensor *const t[3])
{
    dl_ctx *ctx = t[0]->base.ctx;
    char s[3][DL__SHAPE_TEXT];
    if (t[1]->base.ctx != ctx || t[2]->base.ctx != ctx)
        dl_fail(ctx, DL_EINVAL, "triplet: inputs belong to different contexts");
    else if (!dl__is_float(t[0]->dtype) || t[0]->dtype != t[1]->dtype || t[0]->dtype != t[2]->dtype)
        dl_fail(ctx, DL_EDTYPE,
                "triplet: anchor, positive and negative are %s, %s and %s, they want to be all f32 "
                "or all f64",
                dl_dtype_name(t[0]->dtype), dl_dtype_name(t[1]->dtype), dl_dtype_name(t[2]->dtype));
    else if (t[0]->ndim < 1 || t[0]->ndim > 2 || !dl__same_shape(t[0], t[1]) ||
             !dl__same_shape(t[0], t[2]))
        dl_fail(ctx, DL_ESHAPE,
                "triplet: anchor is %s, positive is %s and negative is %s, they want one shape, "
                "[N, D] or [D]",
                dl__dims_text(s[0], t[0]), dl__dims_text(s[1], t[1]), dl__dims_text(s[2], t[2]));
    return dl__ok(ctx);
}

static dl_tensor *distance(dl_tensor *a, dl_tensor *b)
{
    dl_tensor *d = dl_add_scalar(dl_sub(a, b), small);
    return d ? dl_squeeze(dl__sqrt_above(dl__dot_along(d, d, d->ndim - 1), 0), -1) : NULL;
}

dl_tensor *dl_triplet(dl_tensor *anchor, dl_tensor *positive, dl_tensor *negative, double margin,
                      const dl_loss_opts *o)
{
    dl_tensor *const t[3] = {anchor, positive, negative};
    if (!positive || !negative || !dl__ready(anchor) ||
        !dl__loss_number(anchor->base.ctx, "triplet", "margin", margin, 0) || !check(t))
        return NULL;
    const int32_t mark = dl__loss_begin("triplet", anchor, positive, &o, 0);
    if (mark < 0)
        return NULL;
    dl_tensor *apart = dl_sub(distance(anchor, positive), distance(anchor, negative));
    dl_tensor *y = dl_relu(dl_add_scalar(apart, margin));
    return dl__loss_end("triplet", anchor->base.ctx, mark, y, o);
}
