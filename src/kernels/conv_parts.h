/* What the drivers of convolution share. */
#ifndef DL_KERNELS_CONV_PARTS_H
#define DL_KERNELS_CONV_PARTS_H
#include "kernels/kernels.h"
#include "kernels/patches.h"

typedef void dl__gemm_kernel(const dl__gemm_args *g);
/* The product for tiles of this shape: the engine's, or plain where that is as fast. */
dl__gemm_kernel *dl__conv_gemm(const struct dl__kernels *table, dl_dtype dt, int64_t m, int64_t n,
                               int64_t k);
/* Rows of a tile of patches of so many bytes each. */
int64_t dl__conv_tile_rows(int64_t row_bytes);
/* The patches of x that forward reads; size is that of an element. */
dl__patches dl__conv_patches(const dl__conv *g, int64_t size);
/* 1 when every channel is a group with one output. */
static inline int dl__conv_depthwise(const dl__conv *g)
{
    return g->groups == g->channels && g->groups == g->outputs && g->groups > 1;
}
/* 1 when the work is too little for other threads. */
int dl__conv_alone(const dl__conv *g);

dl__conv_call dl__conv_weight_patches;
#endif
