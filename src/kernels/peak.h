/* What the cores can do at most. */
#ifndef DL_KERNELS_PEAK_H
#define DL_KERNELS_PEAK_H
#include "dl/ctx.h"

/* FLOP/s of multiply-adds whose operands stay in registers, dt DL_F32 or DL_F64, with the widest
 * instructions of this processor on the threads of ctx. Measured: about 10 ms. */
double dl__fma_peak(dl_ctx *ctx, dl_dtype dt);
#endif
