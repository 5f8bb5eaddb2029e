/* Kernels for normalisation. Arrays are seen as [outer, channels, inner]; a row is one element of
 * every channel, row o * inner + i. Batch normalisation takes the channels as they are; layer
 * normalisation makes each of its rows a channel. */
#ifndef DL_KERNELS_PLANES_H
#define DL_KERNELS_PLANES_H
#include "core/ctx.h"

enum { DL__PLANES = 4 };

/* Operand 0 is the result of a map; x, y, z are operands 1, 2, 3 (p NULL: not needed). Steps in
 * elements along outer, channels, inner; of all operands that along channels is 1 (side), or that
 * along inner is. The others may be any number. */
typedef struct dl__planes {
    int64_t outer, channels, inner;
    int64_t batch; /* so many arrays, each with numbers of its own; 0 is 1 */
    int64_t width; /* batch * channels; set by the functions below         */
    int side;
    void *p[DL__PLANES];
    int64_t step[DL__PLANES][3], batch_step[DL__PLANES];
} dl__planes;

/* Two sums for each channel, over all rows; mean is one number for a channel, in BACKWARD_ROWS mean
 * and rstd are one for a row:
 *     SUM                 x, 0
 *     SPREAD              d, d d with d = x - mean
 *     BACKWARD            y, y (x - mean)
 *     BACKWARD_WEIGHTED   y z, y z (x - mean)
 *     BACKWARD_ROWS       y, y (x - mean) rstd
 *     BACKWARD_RELU       t, t (x - mean) with t = y where z > 0 or is NaN, else 0; operand 0
 *                         becomes t */
enum {
    DL__PLANES_SUM,
    DL__PLANES_SPREAD,
    DL__PLANES_BACKWARD,
    DL__PLANES_BACKWARD_WEIGHTED,
    DL__PLANES_BACKWARD_ROWS,
    DL__PLANES_BACKWARD_RELU,
    DL__PLANES_SUMS
};
/* sum[c] and sum[channels + c]; in a batch channel c of array b is number b * channels + c, of
 * batch * channels (BACKWARD_ROWS knows no batch). All in f64: blocks of rows by shape, in each 16
 * lanes (row r in lane r % 16) folded as a tree, blocks in order. So the bits do not depend on
 * threads, nor on side: row-major and channels-last give the same. They do depend on the order in
 * which the caller walks the rows. DL_ENOMEM, DL_ELIMIT. */
dl_status dl__planes_sum(dl_ctx *ctx, dl_dtype dt, int kind, const dl__planes *v,
                         const double *mean, const double *rstd, double *sum);

/* Element by element, with d = x - m; the result may be one of the operands:
 *     FORWARD             d a + b
 *     FORWARD_WEIGHTED    (d a) y + z
 *     FORWARD_RELU        max(d a + b, 0), NaN for NaN
 *     FORWARD_ADD_RELU    max((d a + b) + y, 0), so too
 *     GRADIENT            (a y - b) - d q
 *     GRADIENT_WEIGHTED   (a (y z) - b) - d q
 * m, a, b, q: the four rows of batch * channels numbers of num. They are rounded to the type of x;
 * of m the rounding error is subtracted too, so that a large mean costs no digits. */
enum {
    DL__PLANES_FORWARD,
    DL__PLANES_FORWARD_WEIGHTED,
    DL__PLANES_FORWARD_RELU,
    DL__PLANES_FORWARD_ADD_RELU,
    DL__PLANES_GRADIENT,
    DL__PLANES_GRADIENT_WEIGHTED,
    DL__PLANES_MAPS
};
enum { DL__PLANES_NUMBERS = 4 };
void dl__planes_map(dl_ctx *ctx, dl_dtype dt, int kind, const dl__planes *v, const double *num);
#endif
