/* Axes merged into one: a reshape. */
#include "ops/shape.h"

dl_tensor *dl_flatten(dl_tensor *x, int32_t first, int32_t last)
{
    int64_t dims[DL_MAX_DIMS], merged = 1;
    int32_t n = 0;
    if (!dl__ready(x))
        return NULL;
    /* A scalar counts as one axis of size 1, as everywhere else. */
    const int32_t ndim = x->ndim > 0 ? x->ndim : 1;
    first = dl__axis(x->base.ctx, "flatten", first, ndim);
    last = first < 0 ? -1 : dl__axis(x->base.ctx, "flatten", last, ndim);
    if (last < 0)
        return NULL;
    if (first > last) {
        char text[DL__SHAPE_TEXT];
        dl_fail(x->base.ctx, DL_EINVAL, "flatten: axes %d to %d of %s, wanted first <= last",
                (int)first, (int)last, dl__dims_text(text, x));
        return NULL;
    }
    for (int32_t i = 0; i < x->ndim; i++) {
        if (i < first || i > last)
            dims[n++] = x->dims[i];
        else
            merged *= x->dims[i]; /* fits: shapes are checked without their zeros */
        if (i == last)
            dims[n++] = merged;
    }
    if (x->ndim == 0)
        dims[n++] = 1;
    return dl_reshape(x, dims, n);
}
