/* The caching allocator: size classes of 16 steps per power of two, so at most a sixteenth of a
 * block is lost, and a freed block serves any later request of its class. Large blocks come from
 * the arena, but those of the caller's own allocator, which have classes too; among them a class
 * also serves requests up to an eighth smaller. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"

enum {
    HEADER = DL__HEADER,
    STEPS = 16,
    FIRST = 3, /* the smallest block is STEPS << FIRST bytes                */
    LARGER = 2 /* classes above that of a request that may serve it, if it is large */
};

void *dl__system_take(const dl_ctx_opts *o, size_t bytes)
{
    if (o->alloc)
        return o->alloc(o->alloc_user, NULL, bytes, DL__ALIGN);
    void *p = NULL;
    return posix_memalign(&p, DL__ALIGN, bytes) == 0 ? p : NULL;
}

void dl__system_give(const dl_ctx_opts *o, void *p)
{
    if (o->alloc)
        o->alloc(o->alloc_user, p, 0, DL__ALIGN);
    else
        free(p);
}

/* The class of a block of at least total bytes, and its size; -1 when there is none so large. */
static int32_t class_of(size_t total, size_t *size)
{
    int32_t shift = FIRST;
    if (total > (size_t)STEPS << FIRST) {
        int32_t top = 63 - __builtin_clzll((unsigned long long)(total - 1));
        shift = top - 4 > FIRST ? top - 4 : FIRST;
    }
    size_t unit = (size_t)1 << shift, steps = total / unit + (total % unit != 0);
    if (steps < STEPS)
        steps = STEPS;
    if (steps == 2 * STEPS) {
        shift++;
        steps = STEPS;
    }
    if (shift > 57)
        return -1;
    *size = steps << shift;
    return (shift - FIRST) * STEPS + (int32_t)(steps - STEPS);
}

/* Sorts blocks that were freed since the last time into the cache. */
static void collect(dl__memory *m)
{
    if (!atomic_load_explicit(&m->returned, memory_order_relaxed))
        return;
    dl__memory_block *b = atomic_exchange(&m->returned, NULL);
    while (b) {
        dl__memory_block *next = b->next;
        if (b->class < 0) {
            dl__arena_give(&m->arena, b);
        } else {
            b->next = m->cached[b->class];
            m->cached[b->class] = b;
        }
        b = next;
    }
}

void dl__memory_trim(dl_ctx *ctx)
{
    dl__memory *m = &ctx->memory;
    collect(m);
    for (int32_t c = 0; c < DL__CLASSES; c++)
        while (m->cached[c]) {
            dl__memory_block *b = m->cached[c];
            m->cached[c] = b->next;
            m->system -= (long long)b->total;
            dl__system_give(&ctx->opts, b);
        }
    dl__arena_trim(&m->arena);
}

void dl__memory_end(dl_ctx *ctx)
{
    dl__memory_trim(ctx);
}

static long long system_bytes(const dl__memory *m)
{
    return m->system + m->arena.system;
}

/* Bytes that may still be taken from the system. */
static long long room(const dl_ctx *ctx)
{
    long long limit = ctx->opts.memory_limit;
    return limit ? limit - system_bytes(&ctx->memory) : LLONG_MAX;
}

static void refuse(dl_ctx *ctx, size_t bytes)
{
    long long used = system_bytes(&ctx->memory);
    if ((long long)bytes > room(ctx))
        dl_fail(ctx, DL_ELIMIT,
                "memory: %zu bytes more than the %lld in use exceed the limit of %lld", bytes, used,
                (long long)ctx->opts.memory_limit);
    else
        dl_fail(ctx, DL_ENOMEM, "memory: %zu bytes could not be had, %lld are in use", bytes, used);
}

/* A new block from the system; gives the cache back first where that helps. */
static dl__memory_block *fresh_block(dl_ctx *ctx, size_t total, int32_t class)
{
    dl__memory *m = &ctx->memory;
    dl__memory_block *b = NULL;
    if ((long long)total <= room(ctx))
        b = dl__system_take(&ctx->opts, total);
    if (!b) {
        dl__memory_trim(ctx);
        if ((long long)total <= room(ctx))
            b = dl__system_take(&ctx->opts, total);
    }
    m->takes++;
    if (!b) {
        refuse(ctx, total);
        return NULL;
    }
    b->total = total;
    b->class = class;
    m->system += (long long)total;
    return b;
}

static dl__memory_block *block_of_class(dl_ctx *ctx, size_t total, int32_t class)
{
    dl__memory *m = &ctx->memory;
    int32_t last = total < DL__LARGE ? class : class + LARGER;
    for (int32_t c = class; c <= last && c < DL__CLASSES; c++)
        if (m->cached[c]) {
            dl__memory_block *b = m->cached[c];
            m->cached[c] = b->next;
            return b;
        }
    return fresh_block(ctx, total, class);
}

static dl__memory_block *large_block(dl_ctx *ctx, size_t total)
{
    dl__memory *m = &ctx->memory;
    dl__memory_block *b = dl__arena_take(&m->arena, total, room(ctx));
    if (b)
        return b;
    m->takes++;
    if (!dl__arena_grow(&m->arena, total, room(ctx))) {
        dl__memory_trim(ctx);
        if ((b = dl__arena_take(&m->arena, total, room(ctx))))
            return b;
        if (!dl__arena_grow(&m->arena, total, room(ctx))) {
            refuse(ctx, total + 4096); /* a region is whole pages, and begins with a header */
            return NULL;
        }
    }
    return dl__arena_take(&m->arena, total, room(ctx));
}

/* 1 when a test asked this allocation to fail. */
static int injected(dl__memory *m)
{
    if (m->fail_at == 0 || --m->fail_at > 0)
        return 0;
    m->fail_at = m->fail_on;
    return 1;
}

static int of_arena(const dl_ctx *ctx, size_t total)
{
    return DL__ARENA && total >= DL__LARGE && !ctx->opts.alloc;
}

size_t dl__memory_block_bytes(const dl_ctx *ctx, size_t bytes)
{
    size_t total, size;
    if (!dl__add_size(bytes, HEADER, &total) || class_of(total, &size) < 0)
        return SIZE_MAX / 4;
    return of_arena(ctx, total) ? (total + DL__ALIGN - 1) / DL__ALIGN * DL__ALIGN : size;
}

void dl__memory_pretend(dl_ctx *ctx, long long bytes)
{
    dl__memory *m = &ctx->memory;
    const long long live = atomic_fetch_add(&m->live, bytes) + bytes;
    if (live > atomic_load_explicit(&m->peak, memory_order_relaxed))
        atomic_store_explicit(&m->peak, live, memory_order_relaxed);
}

void *dl__alloc(dl_ctx *ctx, size_t bytes)
{
    dl__memory *m = &ctx->memory;
    size_t total, size;
    int32_t class;
    if (!dl__add_size(bytes, HEADER, &total) || (class = class_of(total, &size)) < 0 ||
        injected(m)) {
        dl_fail(ctx, DL_ENOMEM, "memory: %zu bytes could not be had, %lld are in use", bytes,
                system_bytes(m));
        return NULL;
    }
    collect(m);
    dl__memory_block *b = of_arena(ctx, total)
                              ? large_block(ctx, (total + DL__ALIGN - 1) / DL__ALIGN * DL__ALIGN)
                              : block_of_class(ctx, size, class);
    if (!b)
        return NULL;
    b->ctx = ctx;
    dl__memory_pretend(ctx, (long long)b->total);
    return (char *)b + HEADER;
}

void dl__free(void *p)
{
    if (!p)
        return;
    dl__memory_block *b = (dl__memory_block *)(void *)((char *)p - HEADER);
    dl__memory *m = &b->ctx->memory;
    atomic_fetch_sub(&m->live, (long long)b->total);
    dl__memory_block *head = atomic_load(&m->returned);
    do
        b->next = head;
    while (!atomic_compare_exchange_weak(&m->returned, &head, b));
}

void *dl__calloc(dl_ctx *ctx, size_t bytes)
{
    void *p = dl__alloc(ctx, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *dl__realloc(dl_ctx *ctx, void *p, size_t bytes)
{
    size_t room = p ? ((dl__memory_block *)(void *)((char *)p - HEADER))->total - HEADER : 0;
    if (p && bytes <= room)
        return p;
    void *q = dl__alloc(ctx, bytes);
    if (q && p) {
        memcpy(q, p, room);
        dl__free(p);
    }
    return q;
}

char *dl__strdup(dl_ctx *ctx, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = dl__alloc(ctx, n);
    return copy ? memcpy(copy, s, n) : NULL;
}

void dl__memory_fail(dl_ctx *ctx, long long n, int sticky)
{
    ctx->memory.fail_at = n;
    ctx->memory.fail_on = sticky ? 1 : 0;
}

int64_t dl_ctx_bytes(const dl_ctx *ctx, int32_t which)
{
    if (!ctx)
        return 0;
    switch (which) {
    case DL_BYTES_LIVE:
        return atomic_load(&ctx->memory.live);
    case DL_BYTES_PEAK:
        return atomic_load(&ctx->memory.peak);
    case DL_BYTES_SYSTEM:
        return system_bytes(&ctx->memory);
    default:
        return -1;
    }
}

void dl_ctx_trim(dl_ctx *ctx)
{
    if (ctx)
        dl__memory_trim(ctx);
}
