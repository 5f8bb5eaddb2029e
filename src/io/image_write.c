/* A tensor as a PNG file. */
#include "io/image.h"
#include "core/check.h"
#include "core/ctx.h"
#include "core/file.h"
#include "core/text.h"
#include "io/png.h"
#include "tensor/tensor.h"

/* A number in [0, 1] as a byte, rounded; NaN is 0. */
static uint8_t byte_of(double v)
{
    return v > 0 ? (uint8_t)((v < 1 ? v : 1) * 255 + 0.5) : 0;
}

/* [C, H, W] of any strides -> [H, W, C] bytes. */
static void gather(const dl_tensor *t, int32_t channels, int64_t h, int64_t w, uint8_t *to)
{
    const int32_t last = t->ndim - 1;
    const int64_t sc = t->ndim == 3 ? t->strides[0] : 0, sh = t->strides[last - 1],
                  sw = t->strides[last], size = (int64_t)dl_dtype_size(t->dtype);
    const char *data = dl__data(t);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++)
            for (int32_t c = 0; c < channels; c++) {
                const char *p = data + (y * sh + x * sw + c * sc) * size;
                *to++ = t->dtype == DL_U8 ? *(const uint8_t *)p : byte_of(dl__real_of(p, t->dtype));
            }
}

static dl_status check(dl_ctx *ctx, const dl_tensor *t)
{
    char shape[128];
    if (t->dtype != DL_U8 && t->dtype != DL_F32 && t->dtype != DL_F64)
        return dl_fail(ctx, DL_EDTYPE,
                       "image_write_png: the tensor is %s, u8, or f32 or f64 in [0, 1] is wanted",
                       dl_dtype_name(t->dtype));
    if (t->ndim < 2 || t->ndim > 3 || (t->ndim == 3 && (t->dims[0] < 1 || t->dims[0] > 4)) ||
        t->dims[t->ndim - 2] < 1 || t->dims[t->ndim - 1] < 1)
        return dl_fail(
            ctx, DL_ESHAPE,
            "image_write_png: the tensor is %s, [H, W] or [C, H, W] with 1 to 4 channels "
            "and some pixels is wanted",
            dl__shape_text(shape, sizeof shape, t->dims, t->ndim));
    if (dl__is_meta(t))
        return dl_fail(ctx, DL_ESTATE, "image_write_png: the tensor is meta and has no data");
    return DL_OK;
}

dl_status dl__image_png(const dl_tensor *t, void **data, size_t *n)
{
    dl_ctx *ctx = t ? dl_tensor_ctx(t) : NULL;
    *data = NULL;
    *n = 0;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(ctx, t) != DL_OK)
        return ctx->status;
    const int32_t channels = t->ndim == 3 ? (int32_t)t->dims[0] : 1;
    const int64_t h = t->dims[t->ndim - 2], w = t->dims[t->ndim - 1];
    int64_t pixels;
    size_t bytes;
    if (!dl__mul_i64(h, w, &pixels) || !dl__mul_size((size_t)pixels, (size_t)channels, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "image_write_png: more pixels than can be counted");
    uint8_t *packed = dl__alloc(ctx, bytes);
    if (packed) {
        gather(t, channels, h, w, packed);
        dl__png_encode(ctx, packed, h, w, channels, data, n);
    }
    dl__free(packed);
    return ctx->status;
}

dl_status dl_image_write_png(const dl_tensor *t, const char *path)
{
    void *data;
    size_t n;
    if (dl__image_png(t, &data, &n) != DL_OK)
        return t ? dl_tensor_ctx(t)->status : DL_EINVAL;
    dl_status status = dl__file_save(dl_tensor_ctx(t), path, data, n, 0);
    dl__free(data);
    return status;
}
