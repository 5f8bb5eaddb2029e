/* Counted objects, and the scopes that own references to them. */
#ifndef DL_CORE_OBJECT_H
#define DL_CORE_OBJECT_H
#include <stdatomic.h>
#include "dl/ctx.h"

typedef struct dl__object dl__object;

/* Objects whose count fell to zero, waiting for their destructor. Destructors add to the list
 * instead of recursing, so a chain of any length is freed with a loop. */
typedef struct dl__dead {
    dl__object *head;
} dl__dead;

/* The first member of every handle. */
struct dl__object {
    dl_ctx *ctx;
    atomic_int refs;
    void (*destroy)(dl__object *o,
                    dl__dead *dead); /* releases what o holds, not o itself; may be NULL */
    dl__object *next;                /* in a scope's list or a list of the dead            */
    dl__object **link; /* what points at this object in a scope; NULL: no scope owns it */
};

/* A zeroed object of size bytes with one reference, the caller's; NULL (DL_ENOMEM) on failure. */
void *dl__object_new(dl_ctx *ctx, size_t size, void (*destroy)(dl__object *, dl__dead *));
/* The same with room bytes after it that are not zeroed. */
void *dl__object_new_with(dl_ctx *ctx, size_t size, size_t room,
                          void (*destroy)(dl__object *, dl__dead *));
void *dl__object_keep(void *object);                 /* any thread */
void dl__object_drop(void *object);                  /* any thread; NULL is fine */
void dl__object_unref(void *object, dl__dead *dead); /* for destructors; NULL is fine */

/* Moves the caller's reference into the innermost scope. An object that a scope owns already stays
 * there and the caller's reference goes. Returns the object; NULL when its context was dropped, and
 * the reference with it. */
void *dl__object_give(void *object);
/* Moves the scope's reference to the caller; an object of no scope gains a reference. */
void *dl__object_take(void *object);
/* Ends the scopes from mark on, but hands objects[0..n) to the scope around; NULLs are fine. */
void dl__scope_end_giving(dl_ctx *ctx, int32_t mark, void *const *objects, int32_t n);
#endif
