/* Changing tensors in place: what refuses it, and the version that backward checks. */
#include "tensor/tensor.h"

dl_status dl__begin_change(const char *who, dl_tensor *t)
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
    atomic_fetch_add_explicit(&t->storage->version, 1, memory_order_relaxed);
    return DL_OK;
}
