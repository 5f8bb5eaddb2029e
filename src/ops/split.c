/* An axis cut into pieces, which are views. */
#include "core/check.h"
#include "ops/shape.h"

/* Checks that the sizes are the axis, cut. */
static dl_status check(const dl_tensor *x, int32_t axis, const int64_t *sizes, int32_t n)
{
    dl_ctx *ctx = x->base.ctx;
    int64_t total = 0;
    int fits = 1;
    for (int32_t i = 0; i < n; i++) {
        if (sizes[i] < 0)
            return dl_fail(ctx, DL_EINVAL, "split: size %d is %lld, wanted 0 or more", (int)i,
                           (long long)sizes[i]);
        fits = fits && dl__add_i64(total, sizes[i], &total);
    }
    if (fits && total == x->dims[axis])
        return DL_OK;
    char text[DL__SHAPE_TEXT];
    dl__dims_text(text, x);
    if (!fits)
        return dl_fail(ctx, DL_ESHAPE, "split: the sizes add up to more than axis %d of %s",
                       (int)axis, text);
    return dl_fail(ctx, DL_ESHAPE, "split: the sizes add up to %lld, axis %d of %s has %lld",
                   (long long)total, (int)axis, text, (long long)x->dims[axis]);
}

dl_status dl_split(dl_tensor *x, int32_t axis, const int64_t *sizes, int32_t n, dl_tensor **out)
{
    for (int32_t i = 0; out && i < n; i++)
        out[i] = NULL;
    if (!x)
        return DL_EINVAL;
    dl_ctx *ctx = x->base.ctx;
    if (!dl__ok(ctx))
        return dl_ctx_status(ctx);
    if (!sizes || !out || n < 1)
        return dl_fail(ctx, DL_EINVAL, "split: %s, wanted one or more pieces",
                       n < 1 ? "there are no sizes" : "sizes or out is NULL");
    axis = dl__axis(ctx, "split", axis, x->ndim);
    if (axis < 0 || check(x, axis, sizes, n) != DL_OK)
        return dl_ctx_status(ctx);
    const int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return mark;
    int64_t start = 0;
    for (int32_t i = 0; i < n && dl__ok(ctx); i++) {
        out[i] = dl_slice(x, axis, start, start + sizes[i], 1);
        start += sizes[i];
    }
    for (int32_t i = 0; i < n && !dl__ok(ctx); i++)
        out[i] = NULL;
    dl__scope_end_giving(ctx, mark, (void *const *)out, n);
    return dl_ctx_status(ctx);
}
