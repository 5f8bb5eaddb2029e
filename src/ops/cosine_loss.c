/* 1 - cos(a, b) for a target of 1, max(0, cos(a, b) - margin) for -1. */
#include "dl/grad.h"
#include "ops/distance.h"
#include "ops/loss.h"

/* Added to the squares of lengths, as PyTorch's cosine_embedding_loss does. */
static const double small = 1e-12;

/* 1 when a and b are [N, D] or [D], and the target [N] or []. */
static int check(const dl_tensor *a, const dl_tensor *b, const dl_tensor *target)
{
    dl_ctx *ctx = a->base.ctx;
    char s[DL__SHAPE_TEXT], t[DL__SHAPE_TEXT], u[DL__SHAPE_TEXT];
    if (b->base.ctx != ctx || target->base.ctx != ctx)
        dl_fail(ctx, DL_EINVAL, "cosine_loss: inputs belong to different contexts");
    else if (!dl__is_float(a->dtype) || a->dtype != b->dtype || a->dtype != target->dtype)
        dl_fail(
            ctx, DL_EDTYPE,
            "cosine_loss: a, b and target are %s, %s and %s, they want to be all f32 or all f64",
            dl_dtype_name(a->dtype), dl_dtype_name(b->dtype), dl_dtype_name(target->dtype));
    else if (a->ndim < 1 || a->ndim > 2 || !dl__same_shape(a, b) || target->ndim != a->ndim - 1 ||
             (target->ndim && target->dims[0] != a->dims[0]))
        dl_fail(
            ctx, DL_ESHAPE,
            "cosine_loss: a is %s, b is %s and target is %s, they want to be [N, D], [N, D], [N]"
            " or [D], [D], []",
            dl__dims_text(s, a), dl__dims_text(t, b), dl__dims_text(u, target));
    return dl__ok(ctx);
}

static dl_tensor *cosine(dl_tensor *a, dl_tensor *b)
{
    const int32_t axis = a->ndim - 1;
    dl_tensor *aa = dl_add_scalar(dl__dot_along(a, a, axis), small);
    dl_tensor *bb = dl_add_scalar(dl__dot_along(b, b, axis), small);
    return dl_squeeze(dl_div(dl__dot_along(a, b, axis), dl_mul(dl_sqrt(aa), dl_sqrt(bb))), axis);
}

/* With y of 1 or -1 a choice is a product: (1 + y) / 2 or (1 - y) / 2. */
static dl_tensor *loss(dl_tensor *a, dl_tensor *b, dl_tensor *target, double margin)
{
    dl_tensor *cos = cosine(a, b), *y = dl_scale(dl_detach(target), 0.5);
    dl_tensor *alike = dl_mul(dl_add_scalar(y, 0.5), dl_add_scalar(dl_neg(cos), 1));
    dl_tensor *apart = dl_mul(dl_add_scalar(dl_neg(y), 0.5), dl_relu(dl_add_scalar(cos, -margin)));
    return dl_add(alike, apart);
}

dl_tensor *dl_cosine_loss(dl_tensor *a, dl_tensor *b, dl_tensor *target, double margin,
                          const dl_loss_opts *o)
{
    if (!b || !target || !dl__ready(a))
        return NULL;
    char text[DL__NUMBER];
    if (!(margin >= -1 && margin <= 1)) {
        dl_fail(a->base.ctx, DL_EINVAL, "cosine_loss: margin is %s, it wants a number in [-1, 1]",
                dl__double_text(text, margin));
        return NULL;
    }
    if (!check(a, b, target) ||
        (!dl__is_meta(target) &&
         dl__loss_domain("cosine_loss", "target", target, DL__LOSS_SIGN) != DL_OK))
        return NULL;
    const int32_t mark = dl__loss_begin("cosine_loss", a, b, &o, 0);
    if (mark < 0)
        return NULL;
    return dl__loss_end("cosine_loss", a->base.ctx, mark, loss(a, b, target, margin), o);
}
