/* The speed of fused multiply-adds that wait for nothing: what kernels are measured by. */
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "core/isa.h"

enum { CHAINS = 16, ROUNDS = 20000 };

/* ROUNDS multiply-adds in each of 16 chains, which are variables and no array: compilers keep
 * arrays in memory. They begin at different numbers: of equal chains a compiler keeps one. */
#define CHAIN_BEGIN(i) vec a##i = start + i;
#define CHAIN_STEP(i) a##i = MULADD(a##i, scale, shift);
#define CHAIN_END(i) sum += a##i;
#define EACH(X)                                                                                    \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define BODY                                                                                       \
    vec start = {0}, scale = start + 0.999f, shift = start + 0.5f, sum = start;                    \
    EACH(CHAIN_BEGIN)                                                                              \
    for (int r = 0; r < ROUNDS; r++) {                                                             \
        EACH(CHAIN_STEP)                                                                           \
    }                                                                                              \
    EACH(CHAIN_END)                                                                                \
    float total = 0;                                                                               \
    for (unsigned i = 0; i < sizeof sum / sizeof total; i++)                                       \
        total += sum[i];                                                                           \
    return total;

#if defined(__x86_64__)
#include <immintrin.h>
__attribute__((target("avx512f"))) static float chains_avx512(void)
{
    typedef float vec __attribute__((vector_size(64)));
#define MULADD(a, b, c) _mm512_fmadd_ps(a, b, c)
    BODY
#undef MULADD
}
__attribute__((target("avx2,fma"))) static float chains_avx2(void)
{
    typedef float vec __attribute__((vector_size(32)));
#define MULADD(a, b, c) _mm256_fmadd_ps(a, b, c)
    BODY
#undef MULADD
}
#endif

#if defined(__aarch64__)
#include <arm_neon.h>
#define MULADD(a, b, c) ((vec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define MULADD(a, b, c) ((a) * (b) + (c))
#endif
static float chains_base(void)
{
    typedef float vec __attribute__((vector_size(16)));
    BODY
}

#if defined(__x86_64__)
/* The instructions asked for; else the best that the machine has, which BLAS uses anyway. */
static const char *instructions(void)
{
    if (!getenv("DL_ISA") && __builtin_cpu_supports("avx512f"))
        return "AVX512";
    return dl__isa_name(dl__isa());
}
#endif

double bench_peak(void)
{
    float (*chains)(void) = chains_base;
    double lanes = 4, best = 0;
#if defined(__x86_64__)
    const char *isa = instructions();
    if (strcmp(isa, "AVX512") == 0) {
        chains = chains_avx512;
        lanes = 16;
    } else if (strcmp(isa, "AVX2") == 0) {
        chains = chains_avx2;
        lanes = 8;
    }
#endif
    for (int i = 0; i < 20; i++) {
        double t = bench_now();
        volatile float keep = chains();
        t = bench_now() - t;
        (void)keep;
        double rate = 2 * lanes * CHAINS * ROUNDS / t / 1e9;
        best = rate > best ? rate : best;
    }
    return best;
}
