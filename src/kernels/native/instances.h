/* Includes the file DL__TEMPLATE for each float type and every line of DL__ISA_LIST_ALL
 * (core/isa.h), with its vectors:
 *
 *     real, NAME(x), ATTR   the type; x_f32_BASE ...; what goes in front of each function
 *     vec, LANES            a vector of reals at any address of a real, and how many it has
 *     LOAD(p), STORE(p, x)  from and to `real *`
 *     BROADCAST(x)          a real in all lanes
 *     FMA(a, b, c)          a * b + c, rounded once; + - * are what the operators do
 *     RELU(x)               what is not above 0 becomes 0, -0 too; NaN stays
 *     LO(a, b), HI(a, b)    within each 16 bytes, the lower or the upper halves of a and b in turn
 *     PIECES(p, s)          16 bytes from p, from p + s, ... side by side
 *     HEIGHTS(X)            X(v, rows): the best height of a tile of v = 1, 2, 3 vectors
 *
 * Macros, because a vector that is wider than BASE may only be handed to functions with ATTR. On a
 * BASE without fma the lanes go through the one of the C library: right, and slow. No guard. */
#include "core/isa.h"
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LANES ((int)(sizeof(vec) / sizeof(real)))
#define LOAD(p) (*(const vec *)(const void *)(p))
#define STORE(p, x) (*(vec *)(void *)(p) = (x))

#ifndef DL_KERNELS_NATIVE_INSTANCES_H
#define DL_KERNELS_NATIVE_INSTANCES_H
typedef float dl__f32_BASE __attribute__((vector_size(16), aligned(4), may_alias));
typedef double dl__f64_BASE __attribute__((vector_size(16), aligned(8), may_alias));
#if defined(__x86_64__)
typedef float dl__f32_AVX2 __attribute__((vector_size(32), aligned(4), may_alias));
typedef double dl__f64_AVX2 __attribute__((vector_size(32), aligned(8), may_alias));
typedef float dl__f32_AVX512 __attribute__((vector_size(64), aligned(4), may_alias));
typedef double dl__f64_AVX512 __attribute__((vector_size(64), aligned(8), may_alias));
#endif
#if !defined(__FMA__) && !defined(__aarch64__)
/* Not inline: each lane is a call. */
__attribute__((noinline, unused)) static dl__f32_BASE
dl__fma_f32_BASE(dl__f32_BASE a, dl__f32_BASE b, dl__f32_BASE c)
{
    for (int i = 0; i < 4; i++)
        c[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return c;
}
__attribute__((noinline, unused)) static dl__f64_BASE
dl__fma_f64_BASE(dl__f64_BASE a, dl__f64_BASE b, dl__f64_BASE c)
{
    for (int i = 0; i < 2; i++)
        c[i] = __builtin_fma(a[i], b[i], c[i]);
    return c;
}
#endif
#endif

/* ---- BASE ------------------------------------------------------------------------------------ */
#define ATTR
#define RELU(x) ((vec)((((x) > 0) | ((x) != (x))) & (__typeof__((x) > 0))(x)))
#define PIECES(p, s) LOAD(p)
#if defined(__aarch64__)
#define HEIGHTS(X) X(1, 16) X(2, 12) X(3, 8)
#elif defined(__FMA__)
#define HEIGHTS(X) X(1, 12) X(2, 6) X(3, 4)
#else
#define HEIGHTS(X) X(1, 4) X(2, 2) X(3, 2)
#endif

#define real float
#define vec dl__f32_BASE
#define NAME(x) x##_f32_BASE
#define BROADCAST(x) ((vec){(x), (x), (x), (x)})
#if defined(__aarch64__)
#define FMA(a, b, c) ((vec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#elif defined(__FMA__)
#define FMA(a, b, c) ((vec)_mm_fmadd_ps((__m128)(a), (__m128)(b), (__m128)(c)))
#else
#define FMA(a, b, c) dl__fma_f32_BASE(a, b, c)
#endif
#define LO(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HI(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef BROADCAST
#undef FMA
#undef LO
#undef HI

#define real double
#define vec dl__f64_BASE
#define NAME(x) x##_f64_BASE
#define BROADCAST(x) ((vec){(x), (x)})
#if defined(__aarch64__)
#define FMA(a, b, c) ((vec)vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b)))
#elif defined(__FMA__)
#define FMA(a, b, c) ((vec)_mm_fmadd_pd((__m128d)(a), (__m128d)(b), (__m128d)(c)))
#else
#define FMA(a, b, c) dl__fma_f64_BASE(a, b, c)
#endif
#define LO(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HI(a, b) __builtin_shufflevector(a, b, 1, 3)
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef BROADCAST
#undef FMA
#undef LO
#undef HI
#undef RELU
#undef PIECES
#undef HEIGHTS
#undef ATTR

#if defined(__x86_64__)
/* ---- AVX2 and AVX-512: INTEL(name) is the intrinsic for vectors RAW -------------------------- */
#define BROADCAST(x) ((vec)INTEL(set1)(x))
#define FMA(a, b, c) ((vec)INTEL(fmadd)((RAW)(a), (RAW)(b), (RAW)(c)))
/* max gives its second operand for NaN and for equals; + 0 makes 0 of -0. */
#define RELU(x) ((vec)INTEL(max)(INTEL(setzero)(), (RAW)(x)) + (vec){0})
#define LO(a, b) ((vec)INTEL(unpacklo)((RAW)(a), (RAW)(b)))
#define HI(a, b) ((vec)INTEL(unpackhi)((RAW)(a), (RAW)(b)))

/* 16 registers */
#define ATTR DL__TARGET_AVX2
#define HEIGHTS(X) X(1, 12) X(2, 6) X(3, 4)

#define real float
#define vec dl__f32_AVX2
#define NAME(x) x##_f32_AVX2
#define RAW __m256
#define INTEL(name) _mm256_##name##_ps
#define PIECES(p, s) ((vec)_mm256_loadu2_m128((p) + (s), p))
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef RAW
#undef INTEL
#undef PIECES

#define real double
#define vec dl__f64_AVX2
#define NAME(x) x##_f64_AVX2
#define RAW __m256d
#define INTEL(name) _mm256_##name##_pd
#define PIECES(p, s) ((vec)_mm256_loadu2_m128d((p) + (s), p))
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef RAW
#undef INTEL
#undef PIECES
#undef HEIGHTS
#undef ATTR

/* 32 registers */
#define ATTR DL__TARGET_AVX512
#define HEIGHTS(X) X(1, 16) X(2, 14) X(3, 9)

#define real float
#define vec dl__f32_AVX512
#define NAME(x) x##_f32_AVX512
#define RAW __m512
#define INTEL(name) _mm512_##name##_ps
#define PIECES(p, s)                                                                               \
    ((vec)_mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu2_m128((p) + (s), p)),             \
                             _mm256_loadu2_m128((p) + 3 * (s), (p) + 2 * (s)), 1))
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef RAW
#undef INTEL
#undef PIECES
#undef HEIGHTS

#define HEIGHTS(X) X(1, 8) X(2, 8) X(3, 6) /* enough, and smaller */
#define real double
#define vec dl__f64_AVX512
#define NAME(x) x##_f64_AVX512
#define RAW __m512d
#define INTEL(name) _mm512_##name##_pd
#define PIECES(p, s)                                                                               \
    ((vec)_mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu2_m128d((p) + (s), p)),            \
                             _mm256_loadu2_m128d((p) + 3 * (s), (p) + 2 * (s)), 1))
#include DL__TEMPLATE
#undef real
#undef vec
#undef NAME
#undef RAW
#undef INTEL
#undef PIECES
#undef HEIGHTS
#undef ATTR
#undef BROADCAST
#undef FMA
#undef RELU
#undef LO
#undef HI
#endif
#undef LANES
#undef LOAD
#undef STORE
#undef DL__TEMPLATE
