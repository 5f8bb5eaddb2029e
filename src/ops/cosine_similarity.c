/* a . b / (|a| |b|) along an axis. */
#include <math.h>
#include "autograd/autograd.h"
#include "ops/distance.h"

/* The shape that both broadcast to; 0 and an error when there is none. */
static int broadcast(const dl_tensor *a, const dl_tensor *b, int64_t *dims, int32_t *ndim)
{
    *ndim = a->ndim > b->ndim ? a->ndim : b->ndim;
    for (int32_t i = 1; i <= *ndim; i++) {
        const int64_t m = i <= a->ndim ? a->dims[a->ndim - i] : 1;
        const int64_t n = i <= b->ndim ? b->dims[b->ndim - i] : 1;
        dims[*ndim - i] = m == 1 ? n : m;
        if (m != n && m != 1 && n != 1) {
            char s[DL__SHAPE_TEXT], t[DL__SHAPE_TEXT];
            dl_fail(a->base.ctx, DL_ESHAPE, "cosine_similarity: shapes %s and %s do not broadcast",
                    dl__dims_text(s, a), dl__dims_text(t, b));
            return 0;
        }
    }
    return 1;
}

static int check(const dl_tensor *a, const dl_tensor *b, double eps)
{
    dl_ctx *ctx = a->base.ctx;
    char text[DL__NUMBER];
    if (a->base.ctx != b->base.ctx)
        dl_fail(ctx, DL_EINVAL, "cosine_similarity: inputs belong to different contexts");
    else if (!dl__is_float(a->dtype) || a->dtype != b->dtype)
        dl_fail(ctx, DL_EDTYPE,
                "cosine_similarity: operands are %s and %s, they want to be both f32 or both f64",
                dl_dtype_name(a->dtype), dl_dtype_name(b->dtype));
    else if (!(eps >= 0 && isfinite(eps)))
        dl_fail(ctx, DL_EINVAL,
                "cosine_similarity: eps is %s, it wants a finite number, at least 0",
                dl__double_text(text, eps));
    return dl__ok(ctx);
}

/* The 2-norm along the axis, but at least eps. */
static dl_tensor *norm(dl_tensor *a, int32_t axis, double eps)
{
    return dl__sqrt_above(dl__dot_along(a, a, axis), eps * eps);
}

static dl_tensor *similarity(dl_tensor *a, dl_tensor *b, int32_t axis, double eps)
{
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim;
    if (!broadcast(a, b, dims, &ndim))
        return NULL;
    axis = dl__axis(a->base.ctx, "cosine_similarity", axis, ndim);
    if (axis < 0)
        return NULL;
    a = dl__expand(a, dims, ndim);
    b = dl__expand(b, dims, ndim);
    dl_tensor *dot = a && b ? dl__dot_along(a, b, axis) : NULL;
    dl_tensor *norms = dot ? dl_mul(norm(a, axis, eps), norm(b, axis, eps)) : NULL;
    return dl_squeeze(dl_div(dot, norms), axis);
}

dl_tensor *dl_cosine_similarity(dl_tensor *a, dl_tensor *b, int32_t axis, double eps)
{
    if (!b || !dl__ready(a) || !check(a, b, eps))
        return NULL;
    const int32_t mark = dl_scope_begin(a->base.ctx);
    return mark < 0 ? NULL : dl__scope_out(a->base.ctx, mark, similarity(a, b, axis, eps));
}
