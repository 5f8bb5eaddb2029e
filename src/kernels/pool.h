/* Kernels for pooling: windows over the spatial axes of [N, C, ..], by tables of their bounds, so
 * that plain, adaptive and global pooling, and the gradient of averages, are one loop. Always three
 * spatial axes; those that are missing have size 1. */
#ifndef DL_KERNELS_POOL_H
#define DL_KERNELS_POOL_H
#include "core/ctx.h"

enum { DL__POOL_AXES = 3 };

/* An operand; steps in elements. That of channels is 1. */
typedef struct dl__pool_side {
    void *p;
    int64_t n, s[DL__POOL_AXES];
} dl__pool_side;

/* The window of place o along axis k: elements begin[k][o], begin + step[k], .. below end[k][o] of
 * x, none where begin is not below end. */
typedef struct dl__pool {
    int64_t n, channels;
    int64_t in[DL__POOL_AXES], out[DL__POOL_AXES]; /* sizes of x and y */
    int64_t step[DL__POOL_AXES];
    const int64_t *begin[DL__POOL_AXES], *end[DL__POOL_AXES];
    const int64_t *count[DL__POOL_AXES]; /* averages: factors of the divisor */
    int64_t divisor;                     /* not 0: the divisor itself        */
    /* WEIGHTED: element i in the window of o along axis k has weight[k][count[k][o] + i]. */
    const double *weight[DL__POOL_AXES];
    dl__pool_side x, y, index;
    int32_t wide; /* 1: indexes are i64, 0: i32 */
} dl__pool;

/* AVERAGE: y = sum of the window / divisor; count is by place of y.
 * SPREAD, its adjoint: y = sum of x / divisor over the window; count is by place of x.
 * WEIGHTED: y = sum of x times the weights along all axes; its adjoint is of its kind.
 * MAX: y = the largest of the window, which is not empty; of equals the first, of NaNs the last.
 * MAX_INDEX: the same, and index, with the places of y: its number in the plane of x, row-major. A
 * plane has at most INT32_MAX elements.
 * MAX_SPREAD: y = sum over the window of x where index, with the places of x, is the number of the
 * place of y.
 *
 * Averages and weighted sums run in f64; all in the row-major order of the window, so that the bits
 * do not depend on the threads. */
enum {
    DL__POOL_AVERAGE,
    DL__POOL_SPREAD,
    DL__POOL_WEIGHTED,
    DL__POOL_MAX,
    DL__POOL_MAX_INDEX,
    DL__POOL_MAX_SPREAD,
    DL__POOL_KINDS
};
void dl__pool_run(dl_ctx *ctx, dl_dtype dt, int kind, const dl__pool *v);
#endif
