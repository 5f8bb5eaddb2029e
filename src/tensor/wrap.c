/* Tensors over memory of the host. */
#include <stdint.h>
#include "core/check.h"
#include "core/text.h"
#include "tensor/tensor.h"

/* What the elements reach from element [0, 0, ...], in elements: low <= 0 <= high. 0 when that does
 * not fit. */
static int span(const dl__shape *s, int64_t *low, int64_t *high)
{
    *low = *high = 0;
    for (int32_t i = 0; i < s->ndim; i++) {
        int64_t reach;
        if (!dl__mul_i64(s->dims[i] - 1, s->strides[i], &reach) ||
            !dl__add_i64(reach < 0 ? *low : *high, reach, reach < 0 ? low : high))
            return 0;
    }
    return 1;
}

/* Checks data and the strides of s against the address space; fills the first byte and the number
 * of bytes that the elements reach, and the offset of element [0, 0, ...] among them. */
static dl_status check_memory(dl_ctx *ctx, dl__shape *s, void *data, char **first, size_t *bytes)
{
    static _Alignas(8) char nowhere[8];
    const int64_t size = (int64_t)dl_dtype_size(s->dtype);
    const uintptr_t at = (uintptr_t)data;
    int64_t low, high, low_bytes, high_bytes;
    char text[192];
    if (dl__shape_count(s) == 0) {
        *first = data ? data : nowhere;
        *bytes = 0;
        return DL_OK;
    }
    if (!data)
        return dl_fail(ctx, DL_EINVAL, "wrap: data is NULL, wanted %lld elements",
                       (long long)dl__shape_count(s));
    if (at % (uintptr_t)size)
        return dl_fail(ctx, DL_EINVAL, "wrap: data is not aligned to the %d bytes of a %s",
                       (int)size, dl_dtype_name(s->dtype));
    if (!span(s, &low, &high) || !dl__mul_i64(low, size, &low_bytes) ||
        !dl__mul_i64(high, size, &high_bytes) || !dl__add_i64(high_bytes, size, &high_bytes) ||
        low_bytes == INT64_MIN || (uintptr_t)-low_bytes > at ||
        (uintptr_t)high_bytes > UINTPTR_MAX - at)
        return dl_fail(ctx, DL_EINVAL, "wrap: strides %s leave the address space",
                       dl__shape_text(text, sizeof text, s->strides, s->ndim));
    *first = (char *)data + low_bytes;
    *bytes = (size_t)(high_bytes - low_bytes);
    s->offset = -low;
    return DL_OK;
}

/* Checks everything; on success *s, *first and *bytes describe the memory. */
static dl_status check_wrap(dl_ctx *ctx, dl_dtype dt, void *data, const int64_t *shape,
                            const int64_t *strides, int32_t ndim, dl__shape *s, char **first,
                            size_t *bytes)
{
    dl_status status = dl__shape_check(ctx, "wrap", dt, shape, ndim, s);
    if (status)
        return status;
    /* Strides of axes with fewer than two elements are never used. */
    for (int32_t i = 0; strides && i < ndim; i++)
        if (s->dims[i] > 1)
            s->strides[i] = strides[i];
    if (ctx->meta) {
        *first = NULL;
        *bytes = (size_t)dl__shape_count(s) * dl_dtype_size(dt);
        return DL_OK;
    }
    return check_memory(ctx, s, data, first, bytes);
}

dl_tensor *dl_tensor_wrap(dl_ctx *ctx, dl_dtype dt, void *data, const int64_t *shape,
                          const int64_t *strides, int32_t ndim, void (*release)(void *user),
                          void *user)
{
    dl__shape s;
    char *first = NULL;
    size_t bytes = 0;
    if (!dl__ok(ctx) || check_wrap(ctx, dt, data, shape, strides, ndim, &s, &first, &bytes)) {
        if (release)
            release(user);
        return NULL;
    }
    dl__storage *storage = dl__storage_borrow(ctx, first, bytes, release, user);
    if (!storage)
        return NULL;
    storage->meta = ctx->meta;
    dl_tensor *t = dl__tensor_over(ctx, &s, storage);
    dl__object_drop(storage);
    return t;
}
