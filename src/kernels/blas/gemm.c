/* Products by BLAS, one call on the calling thread. */
#include <string.h>
#include "kernels/blas/blas.h"
#include "kernels/plain/plain.h"

#if !defined(DL_BLAS_NONE)

#define NAME(x) dl__blas_##x##_f32
#define REAL float
#define GEMM dl__cblas_calls.sgemm
#define GEMV dl__cblas_calls.sgemv
#define PLAIN dl__plain_gemm_f32
#include "kernels/blas/gemm.inc"
#undef NAME
#undef REAL
#undef GEMM
#undef GEMV
#undef PLAIN

#define NAME(x) dl__blas_##x##_f64
#define REAL double
#define GEMM dl__cblas_calls.dgemm
#define GEMV dl__cblas_calls.dgemv
#define PLAIN dl__plain_gemm_f64
#include "kernels/blas/gemm.inc"

#endif
