/* Instruction sets, asked of the processor once. */
#include <stdatomic.h>
#include <string.h>
#include "core/env.h"
#include "kernels/isa.h"

static int find(void)
{
    int best = DL__ISA_BASE;
#if DL__HAVE_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        best = DL__ISA_AVX2;
#endif
    const char *wish = dl__env("DL_ISA");
    return wish && strcmp(wish, "base") == 0 ? DL__ISA_BASE : best;
}

int dl__isa(void)
{
    static atomic_int known; /* 0: not yet, else 1 + the answer; all threads find the same */
    int isa = atomic_load_explicit(&known, memory_order_relaxed);
    if (isa == 0) {
        isa = 1 + find();
        atomic_store_explicit(&known, isa, memory_order_relaxed);
    }
    return isa - 1;
}
