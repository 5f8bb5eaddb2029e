/* Shapes: checking what callers give, row-major strides, axes. */
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "tensor/tensor.h"

enum { TEXT = 192 }; /* eight 64-bit numbers with commas and brackets */

void dl__row_major(int32_t ndim, const int64_t *dims, int64_t *strides)
{
    uint64_t step = 1; /* of a shape that is refused later it wraps around */
    for (int32_t i = ndim - 1; i >= 0; i--) {
        strides[i] = (int64_t)step;
        if (dims[i] > 1)
            step *= (uint64_t)dims[i];
    }
}

static dl_status check_dtype(dl_ctx *ctx, const char *who, dl_dtype dt)
{
    if (dt == DL_BF16)
        return dl_fail(ctx, DL_EUNSUPPORTED, "%s: there are no tensors of dtype bf16 yet", who);
    if (!dl_dtype_size(dt))
        return dl_fail(ctx, DL_EDTYPE, "%s: dtype is %d, wanted one of DL_F32 .. DL_BOOL", who,
                       (int)dt);
    return DL_OK;
}

dl_status dl__shape_check(dl_ctx *ctx, const char *who, dl_dtype dt, const int64_t *dims,
                          int32_t ndim, dl__shape *out)
{
    char text[TEXT];
    dl_status status = check_dtype(ctx, who, dt);
    if (status)
        return status;
    if (ndim < 0 || ndim > DL_MAX_DIMS)
        return dl_fail(ctx, DL_ESHAPE, "%s: ndim is %d, wanted 0 to %d", who, (int)ndim,
                       DL_MAX_DIMS);
    if (ndim > 0 && !dims)
        return dl_fail(ctx, DL_EINVAL, "%s: shape is NULL, wanted %d dimensions", who, (int)ndim);
    for (int32_t i = 0; i < ndim; i++)
        if (dims[i] < 0)
            return dl_fail(ctx, DL_ESHAPE, "%s: shape is %s, dimension %d is negative", who,
                           dl__shape_text(text, sizeof text, dims, ndim), (int)i);
    /* Zeros must not hide an overflow: strides are products of the other dimensions. */
    int64_t bytes = (int64_t)dl_dtype_size(dt);
    int fits = 1;
    for (int32_t i = 0; i < ndim; i++)
        fits = fits && dl__mul_i64(bytes, dims[i] ? dims[i] : 1, &bytes);
    if (!fits)
        return dl_fail(ctx, DL_ELIMIT, "%s: shape %s of %s has more bytes than can be counted", who,
                       dl__shape_text(text, sizeof text, dims, ndim), dl_dtype_name(dt));
    memset(out, 0, sizeof *out);
    out->dtype = dt;
    out->ndim = ndim;
    if (ndim > 0)
        memcpy(out->dims, dims, (size_t)ndim * sizeof *dims);
    dl__row_major(ndim, out->dims, out->strides);
    return DL_OK;
}

int64_t dl__elements(const int64_t *dims, int32_t ndim)
{
    int64_t n = 1;
    for (int32_t i = 0; i < ndim; i++)
        if (dims[i] == 0)
            return 0;
    for (int32_t i = 0; i < ndim; i++)
        n *= dims[i];
    return n;
}

int64_t dl__shape_count(const dl__shape *s)
{
    return dl__elements(s->dims, s->ndim);
}

int32_t dl__axis(dl_ctx *ctx, const char *who, int32_t axis, int32_t ndim)
{
    if (axis < -ndim || axis >= ndim) {
        if (ndim == 0)
            return dl_fail(ctx, DL_ESHAPE, "%s: axis is %d, but there are no axes", who, (int)axis);
        return dl_fail(ctx, DL_ESHAPE, "%s: axis is %d, wanted %d to %d", who, (int)axis,
                       -(int)ndim, (int)ndim - 1);
    }
    return axis < 0 ? axis + ndim : axis;
}
