/* The classes that files may name: the library's, listed by the build, and registered ones. */
#include <string.h>
#include "module/module.h"

enum { REGISTERED = 1024 };

/* Filled from the front and never emptied, so that readers need no lock. */
static _Atomic(const dl_module_class *) registered[REGISTERED];

const dl_module_class *dl__class_find(const char *name)
{
    for (const dl_module_class *const *c = dl__classes; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    for (int i = 0; i < REGISTERED; i++) {
        const dl_module_class *c = atomic_load(&registered[i]);
        if (!c)
            break;
        if (!strcmp(c->name, name))
            return c;
    }
    return NULL;
}

static dl_status taken(dl_ctx *ctx, const dl_module_class *there, const dl_module_class *cls)
{
    if (there == cls)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "module: there is another class called \"%.200s\"", cls->name);
}

dl_status dl_module_register(dl_ctx *ctx, const dl_module_class *cls)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!cls || !cls->name || !cls->name[0] || !cls->forward)
        return dl_fail(ctx, DL_EINVAL, "module: a class wants a name and a forward function");
    for (const dl_module_class *const *c = dl__classes; *c; c++)
        if (!strcmp((*c)->name, cls->name))
            return taken(ctx, *c, cls);
    for (int i = 0; i < REGISTERED; i++) {
        const dl_module_class *there = NULL;
        if (atomic_compare_exchange_strong(&registered[i], &there, cls))
            return DL_OK;
        if (!strcmp(there->name, cls->name))
            return taken(ctx, there, cls);
    }
    return dl_fail(ctx, DL_ELIMIT,
                   "module: %d classes are registered, there is no room for \"%.200s\"", REGISTERED,
                   cls->name);
}
