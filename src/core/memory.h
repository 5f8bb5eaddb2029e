/* The caching allocator of a context. Blocks are 64-byte aligned. Taking is for the thread that
 * uses the context; giving back is for any thread: a freed block goes onto a lock-free list that
 * the next taking empties into the cache, or, if it is large, into the arena. */
#ifndef DL_CORE_MEMORY_H
#define DL_CORE_MEMORY_H
#include <stdatomic.h>
#include "dl/ctx.h"
#include "core/arena.h"

enum { DL__ALIGN = 64, DL__CLASSES = 1024 };

typedef struct dl__memory {
    _Atomic(dl__memory_block *) returned;  /* freed by anyone, not yet sorted       */
    dl__memory_block *cached[DL__CLASSES]; /* free blocks by size class             */
    dl__arena arena;                       /* large blocks                          */
    atomic_llong live, peak;               /* bytes of blocks in use                */
    long long system;                      /* bytes of all blocks that are not of the arena */
    long long takes;                       /* calls that reached the system         */
    long long fail_at;                     /* tests: fail this allocation, 1 is the next; 0 none */
    int fail_on;                           /* tests: and all that follow            */
} dl__memory;

/* bytes of memory, not initialised; NULL and DL_ENOMEM or DL_ELIMIT in ctx on failure. 0 bytes give
 * a valid pointer. */
void *dl__alloc(dl_ctx *ctx, size_t bytes);
void *dl__calloc(dl_ctx *ctx, size_t bytes);
/* p NULL: dl__alloc. On failure p stays as it was. */
void *dl__realloc(dl_ctx *ctx, void *p, size_t bytes);
char *dl__strdup(dl_ctx *ctx, const char *s);
void dl__free(void *p); /* any thread; NULL is fine */

/* Bytes that dl__alloc counts for a block of so many (one of the arena may be a bit larger). */
size_t dl__memory_block_bytes(const dl_ctx *ctx, size_t bytes);
/* Counts bytes as if they had been taken, or, negative, given back; any thread. */
void dl__memory_pretend(dl_ctx *ctx, long long bytes);
void dl__memory_trim(dl_ctx *ctx); /* cached blocks go back to the system */
void dl__memory_end(dl_ctx *ctx);  /* trims; the context is about to go    */
/* The allocator below the cache, as the options say. */
void *dl__system_take(const dl_ctx_opts *o, size_t bytes);
void dl__system_give(const dl_ctx_opts *o, void *p);
/* Tests: the n-th allocation from now (1: the next) fails, and if sticky all after it; 0: none. */
void dl__memory_fail(dl_ctx *ctx, long long n, int sticky);
#endif
