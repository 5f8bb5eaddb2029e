/* Pictures as tensors: other sizes, and parts. */
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/text.h"
#include "io/image.h"
#include "io/resample.h"
#include "tensor/tensor.h"

/* t is u8 or f32 [..., H, W] with data, and the new size has pixels. */
static dl_status check(const dl_tensor *t, const char *who, int64_t h, int64_t w)
{
    dl_ctx *ctx = t ? t->base.ctx : NULL;
    char shape[128];
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (t->dtype != DL_U8 && t->dtype != DL_F32)
        return dl_fail(ctx, DL_EDTYPE, "%s: the tensor is %s, u8 or f32 is wanted", who,
                       dl_dtype_name(t->dtype));
    if (t->ndim < 2 || t->dims[t->ndim - 1] < 1 || t->dims[t->ndim - 2] < 1)
        return dl_fail(ctx, DL_ESHAPE, "%s: the tensor is %s, [..., H, W] with pixels is wanted",
                       who, dl__shape_text(shape, sizeof shape, t->dims, t->ndim));
    if (dl__is_meta(t))
        return dl_fail(ctx, DL_ESTATE, "%s: the tensor is meta and has no data", who);
    if (h < 1 || w < 1)
        return dl_fail(ctx, DL_EINVAL, "%s: %lld x %lld is no size", who, (long long)h,
                       (long long)w);
    return DL_OK;
}

/* A tensor as t, but h by w. */
static dl_tensor *like(const dl_tensor *t, const char *who, int64_t h, int64_t w)
{
    int64_t dims[DL_MAX_DIMS];
    dl__shape shape;
    memcpy(dims, t->dims, sizeof dims);
    dims[t->ndim - 2] = h;
    dims[t->ndim - 1] = w;
    return dl__shape_check(t->base.ctx, who, t->dtype, dims, t->ndim, &shape) == DL_OK
               ? dl__tensor_new(t->base.ctx, &shape, -1)
               : NULL;
}

/* All elements, row-major: those of t where they lie so, else a copy, which *copy keeps. */
static const void *rows_of(const dl_tensor *t, void **copy)
{
    const size_t bytes = (size_t)dl__elements(t->dims, t->ndim) * dl_dtype_size(t->dtype);
    *copy = NULL;
    if (dl_tensor_contiguous(t))
        return dl__data(t);
    if (!(*copy = dl__alloc(t->base.ctx, bytes)) || dl_tensor_get(t, *copy, bytes) != DL_OK) {
        dl__free(*copy);
        *copy = NULL;
    }
    return *copy;
}

static dl_tensor *resize(const dl_tensor *t, const char *who, int64_t h, int64_t w)
{
    dl_ctx *ctx = t->base.ctx;
    const int32_t last = t->ndim - 1;
    const dl__resample r = {.h = t->dims[last - 1],
                            .w = t->dims[last],
                            .to_h = h,
                            .to_w = w,
                            .f32 = t->dtype == DL_F32};
    int fits;
    const size_t bytes = dl__resample_room(&r, &fits);
    if (!fits) {
        dl_fail(ctx, DL_ELIMIT, "%s: %lld x %lld is too large", who, (long long)h, (long long)w);
        return NULL;
    }
    dl_tensor *out = like(t, who, h, w);
    void *copy = NULL, *room = out ? dl__alloc(ctx, bytes) : NULL;
    const void *from = room ? rows_of(t, &copy) : NULL;
    if (from)
        dl__resample_run(&r, from, dl__elements(t->dims, last - 1), dl__data(out), room);
    dl__free(copy);
    dl__free(room);
    if (from)
        return out;
    dl_tensor_drop(out);
    return NULL;
}

dl_tensor *dl_image_resize(const dl_tensor *t, int64_t h, int64_t w)
{
    return check(t, "image_resize", h, w) == DL_OK ? resize(t, "image_resize", h, w) : NULL;
}

void dl__image_shorter(int64_t h, int64_t w, int64_t shorter, int64_t *to_h, int64_t *to_w)
{
    const int64_t low = h < w ? h : w, high = h < w ? w : h;
    int64_t longer;
    longer = dl__mul_i64(shorter, high, &longer) ? longer / low : INT64_MAX;
    *to_h = h < w ? shorter : longer;
    *to_w = h < w ? longer : shorter;
}

dl_tensor *dl_image_resize_shorter(const dl_tensor *t, int64_t n)
{
    int64_t h, w;
    if (check(t, "image_resize_shorter", n, n) != DL_OK)
        return NULL;
    dl__image_shorter(t->dims[t->ndim - 2], t->dims[t->ndim - 1], n, &h, &w);
    return resize(t, "image_resize_shorter", h, w);
}

/* Rows [top, top + h), columns [left, left + w), which are inside. */
static dl_tensor *crop(const dl_tensor *t, const char *who, int64_t top, int64_t left, int64_t h,
                       int64_t w)
{
    dl_ctx *ctx = t->base.ctx;
    const int32_t last = t->ndim - 1;
    const int64_t rows = t->dims[last - 1], columns = t->dims[last];
    if (top < 0 || left < 0 || h > rows || w > columns || top > rows - h || left > columns - w) {
        dl_fail(ctx, DL_ESHAPE,
                "%s: %lld x %lld pixels from row %lld, column %lld on are not in a picture of %lld "
                "x %lld",
                who, (long long)h, (long long)w, (long long)top, (long long)left, (long long)rows,
                (long long)columns);
        return NULL;
    }
    dl_tensor *out = like(t, who, h, w);
    if (!out)
        return NULL;
    dl_tensor part = dl__tensor_value(t);
    part.dims[last - 1] = h;
    part.dims[last] = w;
    part.offset += top * t->strides[last - 1] + left * t->strides[last];
    const size_t bytes = (size_t)dl__elements(out->dims, out->ndim) * dl_dtype_size(t->dtype);
    if (dl_tensor_get(&part, dl__data(out), bytes) == DL_OK)
        return out;
    dl_tensor_drop(out);
    return NULL;
}

dl_tensor *dl_image_crop(const dl_tensor *t, int64_t top, int64_t left, int64_t h, int64_t w)
{
    return check(t, "image_crop", h, w) == DL_OK ? crop(t, "image_crop", top, left, h, w) : NULL;
}

int64_t dl__image_middle(int64_t n, int64_t part)
{
    const int64_t over = n - part; /* a half is rounded to the even number */
    return over / 2 + (over % 2 && over / 2 % 2);
}

dl_tensor *dl_image_center_crop(const dl_tensor *t, int64_t h, int64_t w)
{
    if (check(t, "image_center_crop", h, w) != DL_OK)
        return NULL;
    return crop(t, "image_center_crop", dl__image_middle(t->dims[t->ndim - 2], h),
                dl__image_middle(t->dims[t->ndim - 1], w), h, w);
}
