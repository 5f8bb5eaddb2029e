/* Tensors of one shape along a new axis. */
#include "ops/join.h"

dl_tensor *dl_stack(dl_tensor *const *in, int32_t n, int32_t axis)
{
    if (!in || n < 1 || !dl__ready(in[0]))
        return NULL;
    dl_ctx *ctx = in[0]->base.ctx;
    if (in[0]->ndim == DL_MAX_DIMS) {
        dl_fail(ctx, DL_ELIMIT, "stack: input 0 has %d axes, there is no room for another",
                (int)in[0]->ndim);
        return NULL;
    }
    axis = dl__axis(ctx, "stack", axis, in[0]->ndim + 1);
    if (axis < 0 || !dl__can_join("stack", in, n, -1))
        return NULL;
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor **part = mark < 0 ? NULL : dl__alloc(ctx, (size_t)n * sizeof(dl_tensor *));
    dl_tensor *y = NULL;
    for (int32_t i = 0; part && i < n; i++)
        part[i] = dl_unsqueeze(in[i], axis);
    if (part && dl__ok(ctx))
        y = dl__join(part, n, axis);
    dl__free(part);
    return mark < 0 ? NULL : dl__scope_out(ctx, mark, y);
}
