/* The one thread pool of the process. */
#ifndef DL_CORE_PARALLEL_H
#define DL_CORE_PARALLEL_H
#include <stdint.h>
#include "dl/ctx.h"

/* One item of work: item is 0 .. n-1. Items of one call touch different memory, in any order. */
typedef void (*dl__task)(void *arg, int64_t item);

/* Runs task(arg, i) for i in [0, n) on up to the context's share of threads and returns when all are
 * done. Items are handed out in contiguous ranges. When the pool is busy, or a thread cannot be made,
 * the caller does more of the work, or all; results do not depend on who does what, because the
 * items do not depend on the number of threads. Nested calls run inline. */
void dl__parallel(dl_ctx *ctx, int64_t n, dl__task task, void *arg);

/* Cores this process may use: affinity mask and cgroup quota, at least 1. */
int32_t dl__cores(void);
/* Tests: threads of the pool now alive; makes creation of the n-th thread from now fail (0: none). */
int32_t dl__pool_threads(void);
void dl__pool_fail(int32_t n);

/* IEEE defaults (round to nearest, no flushing of denormals, exceptions masked) while the library
 * computes; the host's mode comes back after. Nests. */
typedef struct dl__fpmode {
    uint32_t word;
} dl__fpmode;
dl__fpmode dl__fpmode_enter(void);
void dl__fpmode_leave(dl__fpmode old);
#endif
