/* The plain engine. */
#ifndef DL_KERNELS_PLAIN_PLAIN_H
#define DL_KERNELS_PLAIN_PLAIN_H
#include "kernels/kernels.h"

void dl__plain_gemm_f32(const dl__gemm_args *g);
void dl__plain_gemm_f64(const dl__gemm_args *g);
#endif
