/* The classes that files may name. */
#include "core/registry.h"
#include "module/module.h"

static dl__registry classes = {.own = dl__classes};

const dl_module_class *dl__class_find(const char *name)
{
    return dl__registry_find(&classes, name);
}

dl_status dl_module_register(dl_ctx *ctx, const dl_module_class *cls)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!cls || !cls->name || !cls->name[0] || !cls->forward)
        return dl_fail(ctx, DL_EINVAL, "module: a class wants a name and a forward function");
    return dl__registry_add(&classes, ctx, "module", "class", cls);
}
