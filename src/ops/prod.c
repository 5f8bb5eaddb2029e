/* Products over axes, as a tree of products of two: halves of an axis are multiplied until one
 * element is left. Each gradient is then a product of other factors, never a quotient, so zeros
 * need no care, and gradients of gradients come by themselves. */
#include "ops/axes.h"

/* [.., n, ..] -> [.., 1, ..], n > 0. */
static dl_tensor *along(dl_tensor *x, int32_t axis)
{
    dl_tensor *odd = NULL;
    while (x && x->dims[axis] > 1) {
        const int64_t n = x->dims[axis], half = n / 2;
        if (n % 2 == 1) {
            dl_tensor *last = dl_slice(x, axis, n - 1, n, 1);
            odd = odd ? dl_mul(odd, last) : last;
        }
        x = dl_mul(dl_slice(x, axis, 0, half, 1), dl_slice(x, axis, half, 2 * half, 1));
    }
    return odd ? dl_mul(x, odd) : x;
}

static dl_tensor *tree(dl_tensor *x, const dl__axes_attrs *a)
{
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim = 0;
    dl_tensor *y = x;
    for (int32_t i = 0; i < x->ndim; i++) {
        const int reduced = a->mask >> i & 1;
        if (reduced && y)
            y = along(y, i);
        if (!reduced || a->keep)
            dims[ndim++] = reduced ? 1 : x->dims[i];
    }
    return dl_reshape(y == x ? dl_copy(x) : y, dims, ndim);
}

dl_tensor *dl_prod(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    if (!dl__axes_of("prod", x, axes, n_axes, keepdims, &a))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    if (!dl__is_float(x->dtype)) {
        dl_fail(ctx, DL_EDTYPE, "prod: operand 0 is %s, it wants f32 or f64",
                dl_dtype_name(x->dtype));
        return NULL;
    }
    const int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return NULL;
    /* Of nothing it is 1, and has a history as any other result. */
    dl_tensor *y = dl__axes_count(x, &a) > 0 ? tree(x, &a)
                                             : dl_add_scalar(dl_sum(x, axes, n_axes, keepdims), 1);
    return dl__scope_out(ctx, mark, y);
}
