/* The reference product, and the engine of last resort: plain C, one chain of fma per output. */
#include <string.h>
#include "core/isa.h"
#include "kernels/plain/plain.h"

enum {
    ROWS = 48,    /* rows that share a packed panel of b                                       */
    DEPTH = 72,   /* k of a packed panel; panel and accumulators together stay below 8 KB      */
    PACK_FROM = 7 /* rows from which packing pays                                              */
};

#define REAL float
#define FMA __builtin_fmaf
#define VBYTES 16
#define ATTR
#define NAME(x) f32_base_##x
#include "kernels/plain/gemm.inc"
#undef REAL
#undef FMA
#undef NAME
#define REAL double
#define FMA __builtin_fma
#define NAME(x) f64_base_##x
#include "kernels/plain/gemm.inc"
#undef VBYTES
#undef ATTR

#if defined(DL__TARGET_AVX2)
#undef NAME
#define VBYTES 32
#define ATTR DL__TARGET_AVX2
#define NAME(x) f64_avx2_##x
#include "kernels/plain/gemm.inc"
#undef REAL
#undef FMA
#undef NAME
#define REAL float
#define FMA __builtin_fmaf
#define NAME(x) f32_avx2_##x
#include "kernels/plain/gemm.inc"
#endif

void dl__plain_gemm_f32(const dl__gemm_args *g)
{
#if defined(DL__TARGET_AVX2)
    if (dl__isa() >= DL__ISA_AVX2) {
        f32_avx2_gemm(g);
        return;
    }
#endif
    f32_base_gemm(g);
}

void dl__plain_gemm_f64(const dl__gemm_args *g)
{
#if defined(DL__TARGET_AVX2)
    if (dl__isa() >= DL__ISA_AVX2) {
        f64_avx2_gemm(g);
        return;
    }
#endif
    f64_base_gemm(g);
}
