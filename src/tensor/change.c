/* Changing tensors in place: what refuses it, and the version that backward checks. */
#include <stdint.h>
#include "core/text.h"
#include "tensor/tensor.h"

static dl_status check_change(const char *who, const dl_tensor *t)
{
    dl_ctx *ctx = t->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!t->storage || t->storage->meta)
        return dl_fail(ctx, DL_ESTATE, "%s: the tensor is meta, it has a shape and no data", who);
    if (dl__recorded(t))
        return dl_fail(ctx, DL_ESTATE,
                       "%s: an operation made the tensor while recording; change a copy, or one "
                       "made with dl_detach",
                       who);
    if (dl__overlaps(t))
        return dl_fail(ctx, DL_ESTATE, "%s: elements of the tensor share memory", who);
    return DL_OK;
}

static void bump(dl_tensor *t)
{
    atomic_fetch_add_explicit(&t->storage->version, 1, memory_order_relaxed);
}

dl_status dl__begin_change(const char *who, dl_tensor *t)
{
    dl_status status = check_change(who, t);
    if (status == DL_OK)
        bump(t);
    return status;
}

void dl__overwrite(dl_tensor *t, const dl_tensor *src)
{
    bump(t);
    dl__copy_elements(t, src);
}

dl_status dl__check_raw(const char *who, const dl_tensor *t, const void *buffer, size_t bytes)
{
    size_t want = (size_t)dl__count_of(t) * dl_dtype_size(t->dtype);
    if (bytes != want)
        return dl_fail(t->base.ctx, DL_EINVAL, "%s: the buffer has %zu bytes, wanted %zu", who,
                       bytes, want);
    if (!buffer && want)
        return dl_fail(t->base.ctx, DL_EINVAL, "%s: the buffer is NULL, wanted %zu bytes", who,
                       want);
    return DL_OK;
}

void dl__read_raw(dl_tensor *t, const void *data)
{
    dl__shape s = dl__tensor_shape(t);
    dl__row_major(s.ndim, s.dims, s.strides);
    if (s.dtype == DL_BOOL) /* any byte but 0 is true */
        s.dtype = DL_U8;
    dl__local from;
    dl__copy_elements(t, dl__local_tensor(&from, t->base.ctx, &s, (void *)(uintptr_t)data));
}

/* The addresses t's elements span: [*low, *high). t is not empty. */
static void address_range(const dl_tensor *t, uintptr_t *low, uintptr_t *high)
{
    int64_t below = 0, above = 0, size = (int64_t)dl_dtype_size(t->dtype);
    for (int32_t i = 0; i < t->ndim; i++) {
        int64_t reach = (t->dims[i] - 1) * t->strides[i];
        if (reach < 0)
            below += reach;
        else
            above += reach;
    }
    *low = (uintptr_t)(dl__data(t) + below * size);
    *high = (uintptr_t)(dl__data(t) + (above + 1) * size);
}

static int may_share(const dl_tensor *a, const dl_tensor *b)
{
    uintptr_t a_low, a_high, b_low, b_high;
    if (dl__count_of(a) == 0)
        return 0;
    address_range(a, &a_low, &a_high);
    address_range(b, &b_low, &b_high);
    return a_low < b_high && b_low < a_high;
}

/* Writes src into t; through a copy when they may share memory, so that nothing is read after it
 * was overwritten. */
static dl_status assign(const char *who, dl_tensor *t, const dl_tensor *src)
{
    dl_tensor *copy = NULL;
    dl_status status = check_change(who, t);
    if (status)
        return status;
    if (may_share(t, src)) {
        dl__shape s = dl__tensor_shape(src);
        dl__row_major(s.ndim, s.dims, s.strides);
        if (!(copy = dl__tensor_new(t->base.ctx, &s, -1)))
            return t->base.ctx->status;
        dl__copy_elements(copy, src);
    }
    bump(t);
    dl__copy_elements(t, copy ? copy : src);
    dl_tensor_drop(copy);
    return DL_OK;
}

dl_status dl_tensor_set(dl_tensor *t, const void *src, size_t bytes)
{
    if (!t)
        return DL_EINVAL;
    dl_status status =
        dl__ok(t->base.ctx) ? dl__check_raw("set", t, src, bytes) : t->base.ctx->status;
    if (status)
        return status;
    dl__shape s = dl__tensor_shape(t);
    dl__row_major(s.ndim, s.dims, s.strides);
    if (s.dtype == DL_BOOL)
        s.dtype = DL_U8;
    dl__local from;
    return assign("set", t, dl__local_tensor(&from, t->base.ctx, &s, (void *)(uintptr_t)src));
}

dl_status dl_tensor_copy(dl_tensor *t, const dl_tensor *src)
{
    char a[192], b[192];
    if (!t)
        return DL_EINVAL;
    dl_ctx *ctx = t->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!src)
        return dl_fail(ctx, DL_EINVAL, "copy: the source is NULL");
    if (src->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL,
                       "copy: the source belongs to another context, "
                       "dl_tensor_to brings it over");
    if (src->dtype != t->dtype)
        return dl_fail(ctx, DL_EDTYPE, "copy: the source is %s, wanted %s",
                       dl_dtype_name(src->dtype), dl_dtype_name(t->dtype));
    if (!dl__same_shape(t, src))
        return dl_fail(ctx, DL_ESHAPE, "copy: the source is %s, wanted %s",
                       dl__shape_text(a, sizeof a, src->dims, src->ndim),
                       dl__shape_text(b, sizeof b, t->dims, t->ndim));
    if (!src->storage || src->storage->meta)
        return dl_fail(ctx, DL_ESTATE, "copy: the source is meta, it has a shape and no data");
    return assign("copy", t, src);
}

dl_status dl_tensor_fill(dl_tensor *t, double value)
{
    if (!t)
        return DL_EINVAL;
    dl_status status = dl__begin_change("fill", t);
    if (status == DL_OK)
        dl__fill_elements(t, value);
    return status;
}

void *dl_tensor_edit(dl_tensor *t)
{
    return t && dl__begin_change("edit", t) == DL_OK ? dl__data(t) : NULL;
}
