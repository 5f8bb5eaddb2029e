/* Pictures as tensors: reading and decoding. */
#include <string.h>
#include "core/ctx.h"
#include "core/file.h"
#include "core/utf8.h"
#include "io/image.h"
#include "io/picture.h"
#include "tensor/tensor.h"

static dl_status check(dl_ctx *ctx, const char *who, const dl_image_opts *o)
{
    if (DL__RESERVED(ctx, who, o) != DL_OK)
        return ctx->status;
    if (o->reserved0)
        return dl_fail(ctx, DL_EINVAL, "%s: reserved0 is not zero", who);
    return dl__image_check(ctx, who, o->channels, o->max_pixels);
}

dl_status dl__image_check(dl_ctx *ctx, const char *who, int32_t channels, int64_t max_pixels)
{
    if (channels != 0 && channels != 1 && channels != 3)
        return dl_fail(ctx, DL_EINVAL, "%s: channels is %d, it wants 0, 1 or 3", who,
                       (int)channels);
    if (max_pixels < 0 || max_pixels > DL__IMAGE_MOST)
        return dl_fail(ctx, DL_EINVAL, "%s: max_pixels is %lld, it wants 0 to %lld", who,
                       (long long)max_pixels, (long long)DL__IMAGE_MOST);
    return DL_OK;
}

static dl_tensor *decode(dl_ctx *ctx, const void *bytes, size_t n, const char *name,
                         const dl_image_opts *o)
{
    dl__error e = {DL_OK, ""};
    dl__picture pic;
    dl__shape shape;
    dl_tensor *t = NULL;
    void *room = NULL;
    if (dl__picture_open(&pic, bytes, n, 0, name, o->max_pixels ? o->max_pixels : DL__IMAGE_PIXELS,
                         &e) != DL_OK)
        goto out;
    const int32_t channels = o->channels ? o->channels : pic.channels;
    if (dl__shape_check(ctx, "image", DL_U8, (const int64_t[]){channels, pic.h, pic.w}, 3,
                        &shape) == DL_OK &&
        (room = dl__alloc(ctx, pic.room)) && (t = dl__tensor_new(ctx, &shape, -1)))
        dl__picture_decode(&pic, channels, (uint8_t *)dl__data(t), room);
out:
    dl__free(room);
    if (e.status == DL_OK)
        return t;
    dl_fail(ctx, e.status, "%s", e.message);
    dl_tensor_drop(t);
    return NULL;
}

dl_tensor *dl_image_decode(dl_ctx *ctx, const void *bytes, size_t n, const char *name,
                           const dl_image_opts *opts)
{
    static const dl_image_opts defaults;
    const dl_image_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx) || check(ctx, "image_decode", o) != DL_OK)
        return NULL;
    if (!bytes && n) {
        dl_fail(ctx, DL_EINVAL, "image_decode: there are %zu bytes at NULL", n);
        return NULL;
    }
    return decode(ctx, bytes, n, name ? name : "image", o);
}

dl_tensor *dl_image_read(dl_ctx *ctx, const char *path, const dl_image_opts *opts)
{
    static const dl_image_opts defaults;
    const dl_image_opts *o = opts ? opts : &defaults;
    void *data;
    size_t n;
    if (!dl__ok(ctx) || check(ctx, "image_read", o) != DL_OK)
        return NULL;
    if (!path || !path[0]) {
        dl_fail(ctx, DL_EINVAL, "image_read: the path is %s", path ? "empty" : "NULL");
        return NULL;
    }
    if (dl__file_read_all(ctx, path, INT32_MAX, &data, &n) != DL_OK)
        return NULL;
    dl_tensor *t = decode(ctx, data, n, path, o);
    dl__free(data);
    return t;
}
