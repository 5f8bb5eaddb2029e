/* Which instruction set kernels may use. Results do not depend on it. */
#ifndef DL_KERNELS_ISA_H
#define DL_KERNELS_ISA_H

enum {
    DL__ISA_BASE = 0, /* what the compiler was told: SSE2, NEON, ...           */
    DL__ISA_AVX2 = 1  /* x86 with AVX2 and FMA, in the processor and the system */
};

/* The best set of this machine, found once. The environment variable DL_ISA (base, avx2) lowers it. */
int dl__isa(void);

/* Compiles a function for AVX2; call it only if dl__isa() is at least DL__ISA_AVX2. */
#if defined(__x86_64__)
#define DL__HAVE_AVX2 1
#define DL__TARGET_AVX2 __attribute__((target("avx2,fma")))
#else
#define DL__HAVE_AVX2 0
#endif
#endif
