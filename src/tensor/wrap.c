/* Tensors over memory of the host. */
#include <stdint.h>
#include "core/check.h"
#include "core/text.h"
#include "tensor/tensor.h"

/* What the elements reach from the address of element [0, 0, ...], in bytes: low <= 0 < high.
 * 0 when that does not fit. */
static int span(const dl__shape *s, int64_t *low, int64_t *high)
{
    const int64_t size = (int64_t)dl_dtype_size(s->dtype);
    *low = *high = 0;
    for (int32_t i = 0; i < s->ndim; i++) {
        int64_t reach;
        if (!dl__mul_i64(s->dims[i] - 1, s->strides[i], &reach) ||
            !dl__add_i64(reach < 0 ? *low : *high, reach, reach < 0 ? low : high))
            return 0;
    }
    return dl__mul_i64(*low, size, low) && dl__mul_i64(*high, size, high) &&
           dl__add_i64(*high, size, high) && *low != INT64_MIN;
}

static dl_status check_data(dl_ctx *ctx, const dl__shape *s, const void *data)
{
    const size_t size = dl_dtype_size(s->dtype);
    if (!data)
        return dl_fail(ctx, DL_EINVAL, "wrap: data is NULL, wanted %lld elements",
                       (long long)dl__shape_count(s));
    if ((uintptr_t)data % size)
        return dl_fail(ctx, DL_EINVAL, "wrap: data is not aligned to the %zu bytes of a %s", size,
                       dl_dtype_name(s->dtype));
    return DL_OK;
}

/* Checks data and the strides of s against the address space; fills the first byte and the number
 * of bytes that the elements reach, and the offset of element [0, 0, ...] among them. */
static dl_status check_memory(dl_ctx *ctx, dl__shape *s, void *data, char **first, size_t *bytes)
{
    const uintptr_t at = (uintptr_t)data;
    int64_t low, high;
    char text[192];
    dl_status status = ctx->meta ? DL_OK : check_data(ctx, s, data);
    if (status)
        return status;
    if (!span(s, &low, &high) ||
        (!ctx->meta && ((uintptr_t)-low > at || (uintptr_t)high > UINTPTR_MAX - at)))
        return dl_fail(ctx, DL_EINVAL, "wrap: strides %s leave the address space",
                       dl__shape_text(text, sizeof text, s->strides, s->ndim));
    *first = ctx->meta ? NULL : (char *)data + low;
    *bytes = (size_t)high - (size_t)low;
    s->offset = -low / (int64_t)dl_dtype_size(s->dtype);
    return DL_OK;
}

/* Checks everything; on success *s, *first and *bytes describe the memory. */
static dl_status check_wrap(dl_ctx *ctx, dl_dtype dt, void *data, const int64_t *shape,
                            const int64_t *strides, int32_t ndim, dl__shape *s, char **first,
                            size_t *bytes)
{
    static _Alignas(8) char nowhere[8];
    dl_status status = dl__shape_check(ctx, "wrap", dt, shape, ndim, s);
    if (status)
        return status;
    if (dl__shape_count(s) == 0) { /* strides are never used */
        *first = ctx->meta ? NULL : data ? data : nowhere;
        *bytes = 0;
        return DL_OK;
    }
    for (int32_t i = 0; strides && i < ndim; i++)
        if (s->dims[i] > 1) /* nor are those of single elements */
            s->strides[i] = strides[i];
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
