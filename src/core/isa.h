/* Instruction sets that loops are compiled for, and the one chosen on this machine. All give the
 * same bits; they differ in speed only. */
#ifndef DL_CORE_ISA_H
#define DL_CORE_ISA_H

#if defined(__x86_64__)
#define DL__TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif

/* X(NAME, target, ...): one line per instruction set, worst first; `target` goes in front of a
 * function definition. BASE is what the compiler was told: SSE2, NEON, ... Another line here, with
 * the condition for it in isa.c, is all that a new instruction set takes. */
#if defined(__x86_64__)
#define DL__ISA_LIST(X, ...)                                                                       \
    X(BASE, , __VA_ARGS__)                                                                         \
    X(AVX2, DL__TARGET_AVX2, __VA_ARGS__)
#else
#define DL__ISA_LIST(X, ...) X(BASE, , __VA_ARGS__)
#endif

#define DL__ISA_NAME_(isa, target, unused) DL__ISA_##isa,
enum { DL__ISA_LIST(DL__ISA_NAME_, ) DL__ISAS };
#undef DL__ISA_NAME_

/* The best one that this processor and system have, found once; the environment variable DL_ISA
 * (base, avx2) lowers it. Any thread. */
int dl__isa(void);
/* Tests: makes dl__isa return isa from now on, if the machine has it. Returns what it returned
 * before; a negative isa chooses afresh. */
int dl__isa_force(int isa);
/* "BASE", "AVX2"; "unknown" for anything else. */
const char *dl__isa_name(int isa);
#endif
