#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* secure_getenv */
#endif
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "core/isa.h"

#define NAME(isa, target, unused) #isa,
static const char *const names[] = {DL__ISA_LIST(NAME, )};

static atomic_int chosen = -1;

static int best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return DL__ISA_avx2;
#endif
    return DL__ISA_base;
}

static int choose(void)
{
    const int top = best();
    const char *wish = secure_getenv("DL_ISA");
    for (int i = 0; wish && i < top; i++)
        if (strcmp(wish, names[i]) == 0)
            return i;
    return top;
}

int dl__isa(void)
{
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa < 0) {
        isa = choose(); /* threads that race here choose the same */
        atomic_store_explicit(&chosen, isa, memory_order_relaxed);
    }
    return isa;
}

int dl__isa_force(int isa)
{
    const int old = dl__isa();
    if (isa <= best())
        atomic_store_explicit(&chosen, isa < 0 ? -1 : isa, memory_order_relaxed);
    return old;
}

const char *dl__isa_name(int isa)
{
    return isa >= 0 && isa < DL__ISAS ? names[isa] : "unknown";
}
