#include <string.h>
#include "dl/tensor.h"
#include "io/idx.h"
#include "core/bytes.h"
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/safetensors.h"

typedef struct turner {
    dl__save save;
    size_t size; /* of an element */
} turner;

/* Little-endian elements, turned. */
static dl_status sink(void *arg, const void *bytes, size_t n)
{
    turner *t = arg;
    const uint8_t *p = bytes;
    uint8_t block[4096];
    while (n > 0) {
        size_t part = n < sizeof block ? n : sizeof block;
        for (size_t i = 0; i < part; i += t->size) {
            for (size_t b = 0; b < t->size; b++)
                block[i + b] = p[i + t->size - 1 - b];
        }
        if (dl__save_write(&t->save, block, part))
            return t->save.status;
        p += part;
        n -= part;
    }
    return DL_OK;
}

static dl_status write_item(dl_ctx *ctx, const dl__st_item *item, const char *path, uint8_t code)
{
    uint8_t head[4 + 4 * DL_MAX_DIMS] = {0, 0, code, (uint8_t)item->ndim};
    size_t n = 4 + 4 * (size_t)item->ndim;
    turner t = {.size = dl_dtype_size(item->dtype)};
    int64_t count, bytes;
    for (int32_t a = 0; a < DL_MAX_DIMS && a < item->ndim; a++)
        dl__store_be32(head + 4 + 4 * a, (uint32_t)item->dims[a]);
    if (!dl__count(item->dims, item->ndim, &count) ||
        !dl__mul_i64(count, (int64_t)t.size, &bytes) || !dl__add_i64(bytes, (int64_t)n, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "idx: more bytes than can be counted");
    if (dl__save_begin(&t.save, ctx, path, bytes, 0) || dl__save_write(&t.save, head, n))
        return t.save.status;
    if (dl__st_walk(ctx, item, sink, &t)) {
        dl__save_abort(&t.save);
        return ctx->status;
    }
    return dl__save_commit(&t.save);
}

dl_status dl_idx_write(const dl_tensor *t, const char *path)
{
    dl_ctx *ctx = t ? dl_tensor_ctx(t) : NULL;
    int64_t room[2 * DL_MAX_DIMS];
    dl__st_item item;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (dl__st_describe(ctx, path ? path : "", t, room, &item))
        return ctx->status;
    uint8_t code = item.dtype == DL_U8    ? 0x08
                   : item.dtype == DL_I32 ? 0x0c
                   : item.dtype == DL_F32 ? 0x0d
                   : item.dtype == DL_F64 ? 0x0e
                                          : 0;
    if (!code)
        return dl_fail(ctx, DL_EDTYPE, "idx: the tensor is %s, u8, i32, f32 or f64 is wanted",
                       dl_dtype_name(item.dtype));
    if (item.ndim < 1)
        return dl_fail(ctx, DL_ESHAPE, "idx: the tensor has no dimensions, 1 to 8 are wanted");
    for (int32_t a = 0; a < item.ndim; a++) {
        if (item.dims[a] > (int64_t)UINT32_MAX)
            return dl_fail(ctx, DL_ESHAPE, "idx: dimension %d is %lld, below 2^32 is wanted", a,
                           (long long)item.dims[a]);
    }
    return write_item(ctx, &item, path, code);
}
