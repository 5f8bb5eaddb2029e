#include "core/registry.h"
#include <string.h>

static const char *name_of(const void *part)
{
    return *(const char *const *)part;
}

const void *dl__registry_find(dl__registry *r, const char *name)
{
    for (const void *const *own = r->own; *own; own++)
        if (!strcmp(name_of(*own), name))
            return *own;
    for (int i = 0; i < DL__REGISTERED; i++) {
        const void *part = atomic_load(&r->added[i]);
        if (!part)
            break;
        if (!strcmp(name_of(part), name))
            return part;
    }
    return NULL;
}

static dl_status taken(dl_ctx *ctx, const char *who, const char *what, const void *there,
                       const void *part)
{
    if (there == part)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: there is another %s called \"%.200s\"", who, what,
                   name_of(part));
}

dl_status dl__registry_add(dl__registry *r, dl_ctx *ctx, const char *who, const char *what,
                           const void *part)
{
    for (const void *const *own = r->own; *own; own++)
        if (!strcmp(name_of(*own), name_of(part)))
            return taken(ctx, who, what, *own, part);
    for (int i = 0; i < DL__REGISTERED; i++) {
        const void *there = NULL;
        if (atomic_compare_exchange_strong(&r->added[i], &there, part))
            return DL_OK;
        if (!strcmp(name_of(there), name_of(part)))
            return taken(ctx, who, what, there, part);
    }
    return dl_fail(ctx, DL_ELIMIT, "%s: %d are registered, there is no room for the %s \"%.200s\"",
                   who, DL__REGISTERED, what, name_of(part));
}
