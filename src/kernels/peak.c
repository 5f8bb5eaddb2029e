/* The peak of multiply-adds, measured. */
#include "kernels/peak.h"
#include <stdatomic.h>
#include "core/clock.h"
#include "core/ctx.h"
#include "core/parallel.h"

typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));

/* Two instructions where there may be no fused one. */
#if defined(__FMA__) || defined(__aarch64__)
#define EACH_F32(x, m, a)                                                                          \
    ((f32x4){__builtin_fmaf(x[0], m[0], a[0]), __builtin_fmaf(x[1], m[1], a[1]),                   \
             __builtin_fmaf(x[2], m[2], a[2]), __builtin_fmaf(x[3], m[3], a[3])})
#define EACH_F64(x, m, a)                                                                          \
    ((f64x2){__builtin_fma(x[0], m[0], a[0]), __builtin_fma(x[1], m[1], a[1])})
#else
#define EACH_F32(x, m, a) ((x) * (m) + (a))
#define EACH_F64(x, m, a) ((x) * (m) + (a))
#endif

#define ATTR
#define NAME spin_f32
#define V f32x4
#define SET(s) ((V){(float)(s), (float)(s), (float)(s), (float)(s)})
#define MADD EACH_F32
#include "kernels/peak.inc"
#define ATTR
#define NAME spin_f64
#define V f64x2
#define SET(s) ((V){(s), (s)})
#define MADD EACH_F64
#include "kernels/peak.inc"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,fma")))

#define ATTR AVX2
#define NAME spin_f32_avx2
#define V __m256
#define SET(s) _mm256_set1_ps((float)(s))
#define MADD _mm256_fmadd_ps
#include "kernels/peak.inc"
#define ATTR AVX2
#define NAME spin_f64_avx2
#define V __m256d
#define SET _mm256_set1_pd
#define MADD _mm256_fmadd_pd
#include "kernels/peak.inc"

#define ATTR AVX512
#define NAME spin_f32_avx512
#define V __m512
#define SET(s) _mm512_set1_ps((float)(s))
#define MADD _mm512_fmadd_ps
#include "kernels/peak.inc"
#define ATTR AVX512
#define NAME spin_f64_avx512
#define V __m512d
#define SET _mm512_set1_pd
#define MADD _mm512_fmadd_pd
#include "kernels/peak.inc"
#endif

/* Chains, FLOPs of a multiply-add; turns of one item of work, about a tenth of a millisecond. */
enum { CHAINS = 12, FLOPS = 2, TURNS = 40000, ROUNDS = 8 };

typedef struct unit {
    double (*spin)(int64_t turns);
    int32_t lanes;
} unit;

static unit widest(dl_dtype dt)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return dt == DL_F64 ? (unit){spin_f64_avx512, 8} : (unit){spin_f32_avx512, 16};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return dt == DL_F64 ? (unit){spin_f64_avx2, 4} : (unit){spin_f32_avx2, 8};
#endif
    return dt == DL_F64 ? (unit){spin_f64, 2} : (unit){spin_f32, 4};
}

static _Atomic double result; /* so that the work is done */

static void item(void *arg, int64_t i)
{
    const unit *u = arg;
    (void)i;
    atomic_store_explicit(&result, u->spin(TURNS), memory_order_relaxed);
}

double dl__fma_peak(dl_ctx *ctx, dl_dtype dt)
{
    if (dt != DL_F32 && dt != DL_F64)
        return 0;
    unit u = widest(dt);
    const int64_t items = ctx->opts.threads;
    const double flops = (double)items * TURNS * CHAINS * FLOPS * u.lanes;
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const double began = dl__seconds();
        dl__parallel(ctx, items, item, &u);
        const double rate = flops / (dl__seconds() - began);
        best = rate > best ? rate : best;
    }
    return best;
}
