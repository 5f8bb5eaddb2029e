/* Constructors of known values. */
#include <math.h>
#include "core/parallel.h"
#include "core/text.h"
#include "tensor/tensor.h"

/* A tensor whose every element is value. */
static dl_tensor *filled(dl_ctx *ctx, const char *who, dl_dtype dt, double value,
                         const int64_t *dims, int32_t ndim)
{
    dl__shape s;
    if (!dl__ok(ctx) || dl__shape_check(ctx, who, dt, dims, ndim, &s))
        return NULL;
    dl_tensor *t = dl__tensor_new(ctx, &s, 0);
    if (t && !dl__is_meta(t))
        dl__fill_elements(t, value);
    return t;
}

dl_tensor *dl_tensor_zeros(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim)
{
    return filled(ctx, "zeros", dt, 0, shape, ndim);
}

dl_tensor *dl__zeros_with_data(dl_ctx *ctx, dl_dtype dt, const int64_t *dims, int32_t ndim)
{
    const int32_t meta = dl_meta_enable(ctx, 0);
    dl_tensor *t = dl_tensor_zeros(ctx, dt, dims, ndim);
    dl_meta_enable(ctx, meta);
    return t;
}

dl_tensor *dl_tensor_ones(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim)
{
    return filled(ctx, "ones", dt, 1, shape, ndim);
}

dl_tensor *dl_tensor_full(dl_ctx *ctx, dl_dtype dt, double value, const int64_t *shape,
                          int32_t ndim)
{
    return filled(ctx, "full", dt, value, shape, ndim);
}

dl_tensor *dl_tensor_eye(dl_ctx *ctx, dl_dtype dt, int64_t n, int64_t m)
{
    const int64_t dims[] = {n, m};
    dl_tensor *t = filled(ctx, "eye", dt, 0, dims, 2);
    if (!t || dl__is_meta(t) || n == 0 || m == 0)
        return t;
    /* The diagonal is a vector in the same memory. */
    dl__shape s = {.dtype = dt, .ndim = 1, .dims = {n < m ? n : m}, .strides = {m + 1}};
    dl__local diagonal;
    dl__fill_elements(dl__local_tensor(&diagonal, ctx, &s, t->storage->data), 1);
    return t;
}

enum { CHUNK = 256 };

/* Elements of an arithmetic progression, computed in double and converted chunk by chunk. */
static void write_range(dl_tensor *t, double start, double step)
{
    size_t size = dl_dtype_size(t->dtype);
    double value[CHUNK];
    dl__fpmode mode = dl__fpmode_enter();
    for (int64_t from = 0; from < t->dims[0]; from += CHUNK) {
        int64_t n = t->dims[0] - from < CHUNK ? t->dims[0] - from : CHUNK;
        for (int64_t i = 0; i < n; i++)
            value[i] = start + (double)(from + i) * step;
        dl__shape s = {.dtype = DL_F64, .ndim = 1, .dims = {n}, .strides = {1}}, to = s;
        to.dtype = t->dtype;
        dl__local src, dst;
        dl__copy_elements(
            dl__local_tensor(&dst, t->base.ctx, &to, dl__data(t) + from * (int64_t)size),
            dl__local_tensor(&src, t->base.ctx, &s, value));
    }
    dl__fpmode_leave(mode);
}

dl_tensor *dl_tensor_arange(dl_ctx *ctx, dl_dtype dt, double start, double stop, double step)
{
    char a[DL__NUMBER], b[DL__NUMBER], c[DL__NUMBER];
    if (!dl__ok(ctx))
        return NULL;
    dl__fpmode host = dl__fpmode_enter();
    const double n = dl__fpmode_pin(ceil((stop - dl__fpmode_pin(start)) / step));
    dl__fpmode_leave(host);
    if (!isfinite(start) || !isfinite(stop) || !isfinite(step) || step == 0) {
        dl_fail(ctx, DL_EINVAL,
                "arange: from %s to %s in steps of %s, wanted finite numbers and a "
                "step that is not 0",
                dl__double_text(a, start), dl__double_text(b, stop), dl__double_text(c, step));
        return NULL;
    }
    if (!(n <= 0x1p53)) { /* beyond it start + i * step no longer tells elements apart */
        dl_fail(ctx, DL_ELIMIT, "arange: from %s to %s in steps of %s are more than 2^53 elements",
                dl__double_text(a, start), dl__double_text(b, stop), dl__double_text(c, step));
        return NULL;
    }
    int64_t count = n > 0 ? (int64_t)n : 0;
    dl__shape s;
    if (dl__shape_check(ctx, "arange", dt, &count, 1, &s))
        return NULL;
    dl_tensor *t = dl__tensor_new(ctx, &s, 0);
    if (t && !dl__is_meta(t))
        write_range(t, start, step);
    return t;
}

dl_tensor *dl_tensor_from(dl_ctx *ctx, dl_dtype dt, const void *data, const int64_t *shape,
                          int32_t ndim)
{
    dl__shape s;
    if (!dl__ok(ctx) || dl__shape_check(ctx, "from", dt, shape, ndim, &s))
        return NULL;
    if (!data && dl__shape_count(&s) > 0 && !ctx->meta) {
        dl_fail(ctx, DL_EINVAL, "from: data is NULL, wanted %lld elements",
                (long long)dl__shape_count(&s));
        return NULL;
    }
    dl_tensor *t = dl__tensor_new(ctx, &s, 0);
    if (t && !dl__is_meta(t))
        dl__read_raw(t, data);
    return t;
}

dl_tensor *dl_tensor_to(dl_ctx *ctx, const dl_tensor *t)
{
    if (!dl__ok(ctx) || !t)
        return NULL;
    dl__shape s = dl__tensor_shape(t);
    dl__row_major(s.ndim, s.dims, s.strides);
    dl_tensor *copy = dl__tensor_new(ctx, &s, !t->storage || t->storage->meta);
    if (copy && !dl__is_meta(copy))
        dl__copy_elements(copy, t);
    return copy;
}
