/* Instruction sets that code is compiled for, and the one chosen on this machine. All give the
 * same bits; they differ in speed only. */
#ifndef DL_CORE_ISA_H
#define DL_CORE_ISA_H

#if defined(__x86_64__)
/* Processors without AVX2 are rare: what only they run is compiled for size. */
#define DL__TARGET_BASE __attribute__((cold))
#define DL__TARGET_AVX2 __attribute__((target("avx2,fma")))
#define DL__TARGET_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#else
#define DL__TARGET_BASE
#endif

/* X(NAME, target, ...): one line per instruction set that loops are compiled for, worst first;
 * `target` goes in front of a function definition. BASE is what the compiler was told: SSE2, NEON,
 * ... Another line here, with the condition for it in isa.c, is all that a new one takes.
 *
 * AVX512 is not among them: loops wait for memory, and would only be larger. It is for the kernels
 * that wait for arithmetic alone (kernels/native). */
#if defined(__x86_64__)
#define DL__ISA_LIST(X, ...)                                                                       \
    X(BASE, DL__TARGET_BASE, __VA_ARGS__)                                                          \
    X(AVX2, DL__TARGET_AVX2, __VA_ARGS__)
#define DL__ISA_LIST_ALL(X, ...)                                                                   \
    DL__ISA_LIST(X, __VA_ARGS__)                                                                   \
    X(AVX512, DL__TARGET_AVX512, __VA_ARGS__)
#else
#define DL__ISA_LIST(X, ...) X(BASE, DL__TARGET_BASE, __VA_ARGS__)
#define DL__ISA_LIST_ALL(X, ...) DL__ISA_LIST(X, __VA_ARGS__)
#endif

#define DL__ISA_NAME_(isa, target, unused) DL__ISA_##isa,
enum { DL__ISA_LIST_ALL(DL__ISA_NAME_, ) DL__ISAS };
#undef DL__ISA_NAME_
#define DL__ISA_ONE_(isa, target, unused) +1
enum { DL__LOOP_ISAS = 0 DL__ISA_LIST(DL__ISA_ONE_, ) }; /* how many loops are compiled for */
#undef DL__ISA_ONE_

/* The best one that this processor and system have, found once; the environment variable DL_ISA
 * (base, avx2, avx512) lowers it. Any thread. */
int dl__isa(void);
/* The same for loops: the best of DL__ISA_LIST that is not above it. */
static inline int dl__loop_isa(void)
{
    const int isa = dl__isa();
    return isa < DL__LOOP_ISAS ? isa : DL__LOOP_ISAS - 1;
}
/* Tests: makes dl__isa return isa from now on, if the machine has it. Returns what it returned
 * before; a negative isa chooses afresh. */
int dl__isa_force(int isa);
/* "BASE", "AVX2", "AVX512"; "unknown" for anything else. */
const char *dl__isa_name(int isa);
#endif
