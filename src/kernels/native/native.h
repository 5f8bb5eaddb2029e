/* The native engine: the micro-kernel and its drivers. */
#ifndef DL_KERNELS_NATIVE_NATIVE_H
#define DL_KERNELS_NATIVE_NATIVE_H
#include "kernels/kernels.h"

/* 1 if the processor has fused multiply-adds for it, and DL_ISA allows them: then it is what a
 * context uses by default. */
int dl__native_fast(void);
/* One product on the calling thread; at most 80 KB of stack, no other memory. */
void dl__native_gemm_f32(const dl__gemm_args *g);
void dl__native_gemm_f64(const dl__gemm_args *g);
/* Products on the context's threads, m, n, batch > 0. DL_ENOMEM, DL_ELIMIT: c is untouched. */
dl_status dl__native_gemm(dl_ctx *ctx, dl_dtype dt, const dl__gemm_args *g);
#endif
