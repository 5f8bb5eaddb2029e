/* The operations that files may name. */
#include "autograd/autograd.h"
#include "core/registry.h"

static dl__registry operations = {.own = dl__operations};

const dl_op *dl__op_find(const char *name)
{
    return dl__registry_find(&operations, name);
}

dl_status dl_op_register(dl_ctx *ctx, const dl_op *op)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!op || !op->name || !op->name[0] || !op->infer)
        return dl_fail(ctx, DL_EINVAL, "op: an operation wants a name and infer");
    return dl__registry_add(&operations, ctx, "op", "operation", op);
}
