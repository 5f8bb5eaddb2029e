/* Counting references, freeing without recursion, and the scopes. */
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"

void *dl__object_new_with(dl_ctx *ctx, size_t size, size_t room,
                          void (*destroy)(dl__object *, dl__dead *))
{
    size_t total;
    if (!dl__add_size(size, room, &total))
        total = SIZE_MAX; /* more than there is */
    dl__object *o = dl__alloc(ctx, total);
    if (!o)
        return NULL;
    memset(o, 0, size);
    o->ctx = ctx;
    o->destroy = destroy;
    atomic_init(&o->refs, 1);
    atomic_fetch_add(&ctx->refs, 1);
    atomic_fetch_add(&ctx->live, 1);
    return o;
}

void *dl__object_new(dl_ctx *ctx, size_t size, void (*destroy)(dl__object *, dl__dead *))
{
    return dl__object_new_with(ctx, size, 0, destroy);
}

void *dl__object_keep(void *object)
{
    dl__object *o = object;
    if (o)
        atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

static void enter(dl__object *o, dl__object **head)
{
    o->next = *head;
    if (o->next)
        o->next->link = &o->next;
    o->link = head;
    *head = o;
}

static void leave(dl__object *o)
{
    *o->link = o->next;
    if (o->next)
        o->next->link = o->link;
    o->link = NULL;
    o->next = NULL;
}

void dl__object_unref(void *object, dl__dead *dead)
{
    dl__object *o = object;
    if (!o || atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (o->link) /* someone dropped what a scope owns: the scope must not find it */
        leave(o);
    o->next = dead->head;
    dead->head = o;
}

static void bury(dl__dead *dead)
{
    while (dead->head) {
        dl__object *o = dead->head;
        dl_ctx *ctx = o->ctx;
        dead->head = o->next;
        if (o->destroy)
            o->destroy(o, dead);
        dl__free(o);
        atomic_fetch_sub(&ctx->live, 1);
        dl__ctx_unref(ctx);
    }
}

void dl__object_drop(void *object)
{
    dl__dead dead = {NULL};
    dl__object_unref(object, &dead);
    bury(&dead);
}

void *dl__object_give(void *object)
{
    dl__object *o = object;
    if (!o)
        return NULL;
    if (o->link) {
        dl__object_drop(o);
        return o;
    }
    if (atomic_load(&o->ctx->handles) == 0) { /* the scopes have ended */
        dl__object_drop(o);
        return NULL;
    }
    enter(o, &o->ctx->scope[o->ctx->n_scope - 1]);
    return o;
}

void *dl__object_take(void *object)
{
    dl__object *o = object;
    if (!o)
        return NULL;
    if (o->link)
        leave(o);
    else
        dl__object_keep(o);
    return o;
}

/* Moves the list of scope from at the head of scope to. */
static void move_all(dl_ctx *ctx, int32_t from, int32_t to)
{
    while (ctx->scope[from]) {
        dl__object *o = ctx->scope[from];
        leave(o);
        enter(o, &ctx->scope[to]);
    }
}

int32_t dl_scope_begin(dl_ctx *ctx)
{
    if (!ctx)
        return DL_EINVAL;
    if (ctx->n_scope == ctx->cap_scope) {
        int32_t cap = 2 * ctx->cap_scope;
        dl__object **grown = dl__calloc(ctx, (size_t)cap * sizeof *grown);
        if (!grown)
            return ctx->status;
        dl__object **old = ctx->scope;
        for (int32_t i = 0; i < ctx->n_scope; i++) {
            grown[i] = old[i];
            if (grown[i])
                grown[i]->link = &grown[i];
        }
        ctx->scope = grown;
        ctx->cap_scope = cap;
        dl__free(old);
    }
    ctx->scope[ctx->n_scope] = NULL;
    return ctx->n_scope++;
}

void dl__scope_end_giving(dl_ctx *ctx, int32_t mark, void *const *objects, int32_t n)
{
    if (!ctx || mark < 0 || mark >= ctx->n_scope)
        return;
    for (int32_t s = mark + 1; s < ctx->n_scope; s++)
        move_all(ctx, s, mark);
    ctx->n_scope = mark > 0 ? mark : 1;
    for (int32_t i = 0; mark > 0 && i < n; i++)
        if (objects[i])
            dl__object_keep(objects[i]);
    dl__dead dead = {NULL};
    while (ctx->scope[mark]) {
        dl__object *o = ctx->scope[mark];
        leave(o);
        dl__object_unref(o, &dead);
    }
    for (int32_t i = 0; mark > 0 && i < n; i++)
        dl__object_give(objects[i]);
    bury(&dead);
}

void dl_scope_end(dl_ctx *ctx, int32_t mark)
{
    dl__scope_end_giving(ctx, mark, NULL, 0);
}
