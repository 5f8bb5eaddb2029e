/* The one thread pool of the process, and the floating-point mode that goes with it. */
#ifndef DL_CORE_PARALLEL_H
#define DL_CORE_PARALLEL_H
#include <signal.h>
#include <stdint.h>
#include <fenv.h>
#include "dl/ctx.h"

/* One item of work: item is 0 .. n-1. Items of one call touch different memory, in any order. A
 * task must not touch a context, and must not fork and carry on in the child. */
typedef void (*dl__task)(void *arg, int64_t item);

/* Runs task(arg, i) for i in [0, n) on up to the context's share of threads and returns when all
 * are done. Each thread has a contiguous part, the same at each call of the same n and share, and
 * then helps with those of others. When the pool is busy, or a thread cannot be made or is late,
 * the caller does more of the work, or all; results do not depend on who does what, because the
 * items do not depend on the number of threads. Nested calls run inline. Threads that wait spin for
 * a short time (DL_SPIN_US microseconds, 50 by default), then sleep. The whole runs with
 * IEEE defaults. ctx NULL: on the calling thread alone. */
void dl__parallel(dl_ctx *ctx, int64_t n, dl__task task, void *arg);

/* Cores this process may use: affinity mask and cgroup quota, at least 1. */
int32_t dl__cores(void);
/* The quota part: cores that the cgroups named in text, the content of /proc/self/cgroup, may use
 * when the hierarchies are mounted at root; INT32_MAX if there is no limit, else at least 1. */
int32_t dl__quota_cores(const char *text, const char *root);

/* For threads that are about to be made: blocks all signals but those a fault raises; *old is for
 * pthread_sigmask(SIG_SETMASK, old, NULL) afterwards. */
void dl__block_signals(sigset_t *old);

/* Tests: threads of the pool now alive; makes creation of the n-th thread from now fail (0:
 * none). */
int32_t dl__pool_threads(void);
void dl__pool_fail(int32_t n);

/* IEEE defaults (round to nearest, no flushing of denormals, exceptions masked) while the library
 * computes; the host's mode comes back after, with the exception flags it had. Nests. */
typedef struct dl__fpmode {
#if defined(__x86_64__)
    uint32_t mxcsr;
#elif defined(__aarch64__)
    uint64_t fpcr, fpsr;
#else
    fenv_t env;
#endif
} dl__fpmode;
dl__fpmode dl__fpmode_enter(void);
void dl__fpmode_leave(dl__fpmode old);
/* The same around calls of the C library that round numbers (snprintf, strtod): glibc asks the x87
 * unit, whose mode the two above leave alone because nothing of ours computes there. */
fenv_t dl__fenv_enter(void);
void dl__fenv_leave(const fenv_t *host);
/* v. Compilers do not know that arithmetic depends on the mode, and move it across the calls
 * above. Arithmetic on the result of this stays after what stands before it, and what makes v stays
 * before: pin operands after entering and results before leaving, unless a call that the compiler
 * cannot look into does the arithmetic. */
static inline double dl__fpmode_pin(double v)
{
    __asm__ volatile("" : "+m"(v) : : "memory");
    return v;
}
#endif
