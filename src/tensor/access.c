/* Reading elements. */
#include <math.h>
#include "core/check.h"
#include "tensor/tensor.h"

/* DL_OK when t has data to read; a recorded operand may have kept only its shape. */
static dl_status check_data(const char *who, const dl_tensor *t)
{
    if (t->storage && !t->storage->meta)
        return DL_OK;
    return dl_fail(t->base.ctx, DL_ESTATE, "%s: the tensor is meta, it has a shape and no data",
                   who);
}

const void *dl_tensor_data(const dl_tensor *t)
{
    return t && check_data("data", t) == DL_OK ? dl__data(t) : NULL;
}

double dl_tensor_item(const dl_tensor *t)
{
    if (!t)
        return NAN;
    if (dl__count_of(t) != 1) {
        dl_fail(t->base.ctx, DL_ESHAPE, "item: the tensor has %lld elements, wanted 1",
                (long long)dl__count_of(t));
        return NAN;
    }
    if (check_data("item", t))
        return NAN;
    const dl__shape number = {.dtype = DL_F64}, own = {.dtype = t->dtype};
    double value = 0;
    dl__local from, to;
    dl__copy_elements(dl__local_tensor(&to, t->base.ctx, &number, &value),
                      dl__local_tensor(&from, t->base.ctx, &own, dl__data(t)));
    return value;
}

void *dl__elements_as(const dl_tensor *t, dl_dtype dt)
{
    dl_ctx *ctx = t->base.ctx;
    size_t bytes;
    if (!dl__mul_size((size_t)dl__count_of(t), dl_dtype_size(dt), &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "%lld elements are too many to copy", (long long)dl__count_of(t));
        return NULL;
    }
    void *p = dl__alloc(ctx, bytes);
    if (!p)
        return NULL;
    dl__shape s = dl__tensor_shape(t);
    s.dtype = dt;
    dl__row_major(s.ndim, s.dims, s.strides);
    dl__local to;
    dl__copy_elements(dl__local_tensor(&to, ctx, &s, p), t);
    return p;
}

dl_status dl_tensor_get(const dl_tensor *t, void *dst, size_t bytes)
{
    if (!t)
        return DL_EINVAL;
    dl_status status = dl__check_raw("get", t, dst, bytes);
    if (status || (status = check_data("get", t)))
        return status;
    dl__shape s = dl__tensor_shape(t);
    dl__row_major(s.ndim, s.dims, s.strides);
    dl__local to;
    dl__copy_elements(dl__local_tensor(&to, t->base.ctx, &s, dst), t);
    return DL_OK;
}
