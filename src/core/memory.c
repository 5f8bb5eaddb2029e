/* The caching allocator: size classes of 16 steps per power of two, so at most a sixteenth of a
 * block is lost, and a freed block serves any later request of its class. */
#include <stdlib.h>
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"

/* Stands in the 64 bytes before what the caller sees. */
struct dl__block {
    dl__block *next;
    dl_ctx *ctx;
    size_t total; /* of the block, this header included */
    int32_t class;
};

enum { HEADER = 64, STEPS = 16, FIRST = 3 }; /* the smallest block is STEPS << FIRST bytes */
_Static_assert(sizeof(struct dl__block) <= HEADER, "the header fits");

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
    dl__block *b = atomic_exchange(&m->returned, NULL);
    while (b) {
        dl__block *next = b->next;
        b->next = m->cached[b->class];
        m->cached[b->class] = b;
        b = next;
    }
}

void dl__memory_trim(dl_ctx *ctx)
{
    dl__memory *m = &ctx->memory;
    collect(m);
    for (int32_t c = 0; c < DL__CLASSES; c++)
        while (m->cached[c]) {
            dl__block *b = m->cached[c];
            m->cached[c] = b->next;
            m->system -= (long long)b->total;
            dl__system_give(&ctx->opts, b);
        }
}

void dl__memory_end(dl_ctx *ctx)
{
    dl__memory_trim(ctx);
}

static int over_limit(const dl_ctx *ctx, size_t total)
{
    long long limit = ctx->opts.memory_limit;
    return limit && (long long)total > limit - ctx->memory.system;
}

/* A new block from the system; gives the cache back first where that helps. */
static dl__block *fresh_block(dl_ctx *ctx, size_t total, int32_t class)
{
    dl__memory *m = &ctx->memory;
    if (over_limit(ctx, total))
        dl__memory_trim(ctx);
    if (over_limit(ctx, total)) {
        dl_fail(ctx, DL_ELIMIT,
                "memory: %zu bytes more than the %lld in use exceed the limit of %lld", total,
                m->system, (long long)ctx->opts.memory_limit);
        return NULL;
    }
    dl__block *b = dl__system_take(&ctx->opts, total);
    if (!b) {
        dl__memory_trim(ctx);
        b = dl__system_take(&ctx->opts, total);
    }
    m->takes++;
    if (!b) {
        dl_fail(ctx, DL_ENOMEM, "memory: %zu bytes could not be had, %lld are in use", total,
                m->system);
        return NULL;
    }
    b->ctx = ctx;
    b->total = total;
    b->class = class;
    m->system += (long long)total;
    return b;
}

/* 1 when a test asked this allocation to fail. */
static int injected(dl__memory *m)
{
    if (m->fail_at == 0 || --m->fail_at > 0)
        return 0;
    m->fail_at = m->fail_on;
    return 1;
}

void *dl__alloc(dl_ctx *ctx, size_t bytes)
{
    dl__memory *m = &ctx->memory;
    size_t total;
    int32_t class;
    if (!dl__add_size(bytes, HEADER, &total) || (class = class_of(total, &total)) < 0 ||
        injected(m)) {
        dl_fail(ctx, DL_ENOMEM, "memory: %zu bytes could not be had, %lld are in use", bytes,
                m->system);
        return NULL;
    }
    collect(m);
    dl__block *b = m->cached[class];
    if (b)
        m->cached[class] = b->next;
    else if (!(b = fresh_block(ctx, total, class)))
        return NULL;
    long long live = atomic_fetch_add(&m->live, (long long)b->total) + (long long)b->total;
    if (live > atomic_load_explicit(&m->peak, memory_order_relaxed))
        atomic_store_explicit(&m->peak, live, memory_order_relaxed);
    return (char *)b + HEADER;
}

void dl__free(void *p)
{
    if (!p)
        return;
    dl__block *b = (dl__block *)(void *)((char *)p - HEADER);
    dl__memory *m = &b->ctx->memory;
    atomic_fetch_sub(&m->live, (long long)b->total);
    dl__block *head = atomic_load(&m->returned);
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
    size_t room = p ? ((dl__block *)(void *)((char *)p - HEADER))->total - HEADER : 0;
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
        return ctx->memory.system;
    default:
        return -1;
    }
}

void dl_ctx_trim(dl_ctx *ctx)
{
    if (ctx)
        dl__memory_trim(ctx);
}
