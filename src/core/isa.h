/* Instruction sets that loops are compiled for, and the one chosen on this machine. All give the
 * same bits; they differ in speed only. */
#ifndef DL_CORE_ISA_H
#define DL_CORE_ISA_H

/* X(name, target): one line per instruction set, worst first. `target` goes in front of a function
 * definition. Another line here, and one in isa.c saying when the machine has it, is all that a new
 * instruction set takes. */
#if defined(__x86_64__)
#define DL__ISA_LIST(X, ...)                                                                       \
    X(base, , __VA_ARGS__)                                                                         \
    X(avx2, __attribute__((target("avx2,fma"))), __VA_ARGS__)
#else
#define DL__ISA_LIST(X, ...) X(base, , __VA_ARGS__)
#endif

#define DL__ISA_NAME_(isa, target, unused) DL__ISA_##isa,
enum { DL__ISA_LIST(DL__ISA_NAME_, ) DL__ISAS };
#undef DL__ISA_NAME_

/* The best one that this processor and system have; the environment variable DL_ISA ("base",
 * "avx2"), read once and not in setuid programs, lowers it. Any thread. */
int dl__isa(void);
/* Tests: makes dl__isa return isa from now on, if the machine has it. Returns what it returned
 * before; a negative isa chooses afresh. */
int dl__isa_force(int isa);
/* "base", "avx2". */
const char *dl__isa_name(int isa);
#endif
