#include <stdatomic.h>
#include <strings.h>
#include "core/env.h"
#include "core/isa.h"

#define NAME(isa, target, unused) #isa,
static const char *const names[] = {DL__ISA_LIST_ALL(NAME, )};

static atomic_int known; /* 0: not yet, else 1 + the answer; threads that race find the same */

static int best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return DL__ISA_BASE;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
               ? DL__ISA_AVX512
               : DL__ISA_AVX2;
#else
    return DL__ISA_BASE;
#endif
}

static int choose(void)
{
    const int top = best();
    const char *wish = dl__env("DL_ISA");
    for (int i = 0; wish && i < top; i++)
        if (strcasecmp(wish, names[i]) == 0)
            return i;
    return top;
}

int dl__isa(void)
{
    int isa = atomic_load_explicit(&known, memory_order_relaxed);
    if (isa == 0) {
        isa = 1 + choose();
        atomic_store_explicit(&known, isa, memory_order_relaxed);
    }
    return isa - 1;
}

int dl__isa_force(int isa)
{
    const int old = dl__isa();
    if (isa <= best())
        atomic_store_explicit(&known, isa < 0 ? 0 : 1 + isa, memory_order_relaxed);
    return old;
}

const char *dl__isa_name(int isa)
{
    return isa >= 0 && isa < DL__ISAS ? names[isa] : "unknown";
}
