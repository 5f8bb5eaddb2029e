/* Reductions of one axis over raw memory. */
#ifndef DL_KERNELS_REDUCE_H
#define DL_KERNELS_REDUCE_H
#include "core/ctx.h"

enum {
    DL__SUM,    /* of no elements: 0                                                       */
    DL__SUMSQ,  /* of the squares                                                          */
    DL__MAX,    /* a NaN wins; of no elements: -infinity, or the least integer             */
    DL__MIN,    /* a NaN wins; of no elements: infinity, or the greatest integer           */
    DL__ARGMAX, /* index of the first maximum; the first NaN wins; of no elements: -1      */
    DL__ARGMIN
};

/* y[o, i] = op over j of x[o, j, i], with o < outer, j < n, i < inner. Strides in elements, any
 * sign or 0 for x. */
typedef struct dl__reduce_args {
    int64_t outer, n, inner;
    const void *x;
    int64_t x_outer, x_n, x_inner;
    void *y;
    int64_t y_outer, y_inner;
} dl__reduce_args;

/* Type of y: x's own for f32, f64, and for MAX and MIN; i64 for sums of i32, i64, u8, bool (they
 * wrap around) and for ARGMAX and ARGMIN.
 *
 * Bits depend on the shape alone, not on strides or threads. inner = 1: blocks of 8192 elements, in
 * each 16 lanes (element j into lane j % 16) folded 8, 4, 2, 1. Else: blocks of 512 rows, in each
 * one chain per column in row order. Then the blocks in order, in double. Squares go in by fma.
 * DL_ENOMEM or DL_ELIMIT, with y untouched, if there are several blocks and memory is short;
 * DL_EDTYPE. */
dl_status dl__reduce(dl_ctx *ctx, int32_t op, dl_dtype dt, const dl__reduce_args *r);
/* The type of y. */
dl_dtype dl__reduce_dtype(int32_t op, dl_dtype dt);
#endif
