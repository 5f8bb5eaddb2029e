/* The micro-kernel: the one inner loop of the native engine. A tile of outputs
 *     c[i][j] = sum over k of a[i][k] b[k][j],   i < rows, j < cols
 * stays in registers. Each output is one chain of fused multiply-adds in order of k, which begins
 * at 0 or at what c holds: its bits depend on no tile, no block and no width of vectors, and equal
 * those of the plain engine.
 *
 * a is read where it lies, by a pointer for each row. k runs through `segments` runs of `length`
 * terms: rows of the kernel of a convolution, or of an image. b is [k][v vectors], rows b_step
 * apart. All v vectors of a row of b are read, also where cols is less: the driver pads them. Of
 * a, c and bias nothing is touched outside of rows and cols. Pointers need the alignment of the
 * element type only. No term (segments or length 0): every chain is where it began. */
#ifndef DL_KERNELS_NATIVE_MICRO_H
#define DL_KERNELS_NATIVE_MICRO_H
#include "core/ctx.h"

enum {
    DL__MICRO_CHAIN = 1, /* the chain begins at c, not at 0                                      */
    DL__MICRO_BIAS = 2,  /* then bias[j] is added                                                */
    DL__MICRO_ADD = 4,   /* then what c held is added; not with CHAIN                            */
    DL__MICRO_RELU = 8   /* then what is not above 0 becomes 0; NaN stays                        */
};

/* Strides and offsets in elements. */
typedef struct dl__micro_args {
    int64_t segments, length;
    const void *const *a;    /* row i of segment s begins at a[s * a_next + i] + a_offset[s] ... */
    int64_t a_next;          /* 0: the same pointers for all segments; or at least rows          */
    int64_t a_step;          /* ... and its terms are a_step apart                               */
    const int64_t *a_offset; /* [segments]; NULL: 0                                              */
    const void *b;
    int64_t b_step;
    const int64_t *b_offset; /* [segments]: segment s begins at b + b_offset[s]; NULL: where the
                                one before it ended, b_step behind its last row                  */
    void *const *c;          /* [rows]: where each row of the tile begins                        */
    const void *bias;        /* [cols]; read only with BIAS                                      */
    int32_t cols;            /* 1 .. v vectors                                                   */
    int32_t flags;           /* DL__MICRO_*                                                      */
} dl__micro_args;

typedef void dl__micro_kernel(const dl__micro_args *g);

/* The kernels of an element type: kernel[v][n] makes a tile of n rows, v vectors wide; v = 1 .. 3,
 * n = 1 .. rows[v]. The highest of each v are the fastest; heights from two thirds of that on are
 * about as good, so cut m rows into parts that are about equal. */
typedef struct dl__micro {
    int32_t lanes;   /* elements of a vector                                                     */
    int32_t rows[4]; /* by v; [0] is not used                                                    */
    dl__micro_kernel *const *kernel[4];
} dl__micro;

/* Those for dl__isa(); dt is DL_F32 or DL_F64. */
const dl__micro *dl__micro_of(dl_dtype dt);
#endif
