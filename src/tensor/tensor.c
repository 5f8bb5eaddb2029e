/* The tensor handle: making, references, and looking at its shape. */
#include <string.h>
#include "tensor/tensor.h"

static void tensor_destroy(dl__object *o, dl__dead *dead)
{
    dl_tensor *t = (dl_tensor *)o;
    dl__object_unref(t->storage, dead);
    dl__object_unref(t->history, dead);
}

dl_tensor *dl__tensor_over(dl_ctx *ctx, const dl__shape *s, dl__storage *storage)
{
    dl_tensor *t = dl__object_new(ctx, sizeof *t, tensor_destroy);
    if (!t)
        return NULL;
    t->dtype = s->dtype;
    t->ndim = s->ndim;
    memcpy(t->dims, s->dims, sizeof t->dims);
    memcpy(t->strides, s->strides, sizeof t->strides);
    t->offset = s->offset;
    t->storage = dl__object_keep(storage);
    return t;
}

dl_tensor *dl__tensor_new(dl_ctx *ctx, const dl__shape *s, int meta)
{
    dl__shape own = *s;
    own.offset = 0;
    size_t bytes = (size_t)dl__shape_count(s) * dl_dtype_size(s->dtype);
    dl__storage *storage = dl__storage_new(ctx, bytes, meta > 0 || (meta == 0 && ctx->meta));
    if (!storage)
        return NULL;
    dl_tensor *t = dl__tensor_over(ctx, &own, storage);
    dl__object_drop(storage);
    return t;
}

dl_tensor *dl__local_tensor(dl__local *l, dl_ctx *ctx, const dl__shape *s, void *data)
{
    memset(l, 0, sizeof *l);
    l->storage.base.ctx = ctx;
    l->storage.data = data;
    l->storage.borrowed = 1;
    l->tensor.base.ctx = ctx;
    l->tensor.dtype = s->dtype;
    l->tensor.ndim = s->ndim;
    memcpy(l->tensor.dims, s->dims, sizeof s->dims);
    memcpy(l->tensor.strides, s->strides, sizeof s->strides);
    l->tensor.storage = &l->storage;
    return &l->tensor;
}

dl__shape dl__tensor_shape(const dl_tensor *t)
{
    dl__shape s = {.dtype = t->dtype, .ndim = t->ndim, .offset = t->offset};
    memcpy(s.dims, t->dims, sizeof s.dims);
    memcpy(s.strides, t->strides, sizeof s.strides);
    return s;
}

int64_t dl__count_of(const dl_tensor *t)
{
    return dl__elements(t->dims, t->ndim);
}

int dl__same_shape(const dl_tensor *a, const dl_tensor *b)
{
    if (a->ndim != b->ndim)
        return 0;
    for (int32_t i = 0; i < a->ndim; i++)
        if (a->dims[i] != b->dims[i])
            return 0;
    return 1;
}

dl_tensor *dl_tensor_keep(dl_tensor *t)
{
    return dl__object_keep(t);
}

void dl_tensor_drop(dl_tensor *t)
{
    dl__object_drop(t);
}

dl_tensor *dl_tensor_take(dl_tensor *t)
{
    return dl__object_take(t);
}

dl_tensor *dl_tensor_give(dl_tensor *t)
{
    return dl__object_give(t);
}

dl_ctx *dl_tensor_ctx(const dl_tensor *t)
{
    return t ? t->base.ctx : NULL;
}

dl_dtype dl_tensor_dtype(const dl_tensor *t)
{
    return t ? t->dtype : -1;
}

int32_t dl_tensor_ndim(const dl_tensor *t)
{
    return t ? t->ndim : -1;
}

/* The index of axis, counted from the end when negative; -1 when there is none. */
static int32_t find_axis(const dl_tensor *t, int32_t axis)
{
    if (!t || axis < -t->ndim || axis >= t->ndim)
        return -1;
    return axis < 0 ? axis + t->ndim : axis;
}

int64_t dl_tensor_dim(const dl_tensor *t, int32_t axis)
{
    int32_t i = find_axis(t, axis);
    return i < 0 ? -1 : t->dims[i];
}

int64_t dl_tensor_stride(const dl_tensor *t, int32_t axis)
{
    int32_t i = find_axis(t, axis);
    return i < 0 ? 0 : t->strides[i];
}

int64_t dl_tensor_count(const dl_tensor *t)
{
    return t ? dl__count_of(t) : -1;
}

int32_t dl_tensor_contiguous(const dl_tensor *t)
{
    if (!t)
        return 0;
    int64_t step = 1;
    int32_t gaps = 0;
    for (int32_t i = t->ndim - 1; i >= 0; i--) {
        if (t->dims[i] == 0)
            return 1;
        if (t->dims[i] == 1)
            continue;
        gaps |= t->strides[i] != step;
        step *= t->dims[i];
    }
    return !gaps;
}

int32_t dl_tensor_meta(const dl_tensor *t)
{
    return t ? !t->storage || t->storage->meta : 0;
}
