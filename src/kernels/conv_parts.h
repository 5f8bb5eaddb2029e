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
int64_t dl__conv_divisor(int64_t a, int64_t b); /* the greatest common one */

/* With a stride, the indices of dx along one axis fall into classes by their remainder. Those of a
 * class read taps last, last - every, ..., which walk forward through dy. */
typedef struct dl__conv_class {
    dl__taps taps;
    int64_t last, every;
} dl__conv_class;
dl__conv_class dl__conv_class_of(const dl__conv *g, int k, int64_t r);

/* How the sums of a gradient of weights are cut, by shape alone: into blocks of places, whose sums
 * are added in order; a block into chunks, each of one chain for every weight and added to those
 * before. A chunk is whole lines of places, or a part of one. */
typedef struct dl__conv_cut {
    int64_t line, chunk, block, blocks;
} dl__conv_cut;
/* count weights of size bytes; rows > 0 places, depth columns of a patch. blas: chunks whose
 * patches stay in the cache; the other engines share one rule, and so the bits. */
dl__conv_cut dl__conv_cut_of(const dl__patches *v, int64_t depth, int64_t count, int64_t size,
                             int blas);
/* Places of the chunk that begins at place i of a block with this end. */
static inline int64_t dl__conv_chunk(const dl__conv_cut *c, int64_t i, int64_t end)
{
    const int64_t left = c->line > c->chunk ? c->line - i % c->line : end - i;
    const int64_t most = left < end - i ? left : end - i;
    return most < c->chunk ? most : c->chunk;
}
/* The sums of `blocks` blocks, one after the other in partial, added up to dw. */
void dl__conv_add(dl_ctx *ctx, dl_dtype dt, int64_t blocks, int64_t count, const void *partial,
                  void *dw);

/* 1 when every channel is a group with one output. */
static inline int dl__conv_depthwise(const dl__conv *g)
{
    return g->groups == g->channels && g->groups == g->outputs && g->groups > 1;
}
/* 1 when the work is too little for other threads. */
int dl__conv_alone(const dl__conv *g);

dl__conv_call dl__conv_forward_patches, dl__conv_data_patches, dl__conv_weight_patches;
#endif
