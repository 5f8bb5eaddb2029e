/* Parts that files may name: those of the library, and registered ones. Every part is a constant
 * whose first member is its name, a const char *. */
#ifndef DL_CORE_REGISTRY_H
#define DL_CORE_REGISTRY_H
#include <stdatomic.h>
#include "core/ctx.h"

enum { DL__REGISTERED = 1024 };

typedef struct dl__registry {
    const void *const *own; /* the library's, ending with NULL */
    /* Filled from the front and never emptied, so that readers need no lock. */
    _Atomic(const void *) added[DL__REGISTERED];
} dl__registry;

/* The part of this name; NULL if there is none. */
const void *dl__registry_find(dl__registry *r, const char *name);
/* Makes part known; DL_EINVAL when another has its name, DL_ELIMIT when there is no room. who
 * begins messages, what says what it is. Any thread. */
dl_status dl__registry_add(dl__registry *r, dl_ctx *ctx, const char *who, const char *what,
                           const void *part);
#endif
