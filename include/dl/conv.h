/* dl/conv.h: operations on lines [N, C, L], pictures [N, C, H, W] and volumes [N, C, D, H, W]:
 * convolution, pooling, patches, resampling. N counts examples, C channels; the axes behind them
 * are called spatial, and are the first, second and third of the options.
 *
 * The rules are those of dl/ops.h: results belong to the innermost scope, NULL in gives NULL out,
 * f32 and f64, any strides, differentiable twice, unless said otherwise. Shapes are those of
 * PyTorch. In memory convolutions give their results channels-last (the strides say so: that of C
 * is 1), and pooling, patches and resampling keep the layout they are given. DL_ESHAPE for an input
 * with other axes, and where a window does not fit: the message has the size that would come out.
 *
 * kernel is a list with a number for each spatial axis. In it, and in the lists of the options, a 0
 * repeats the number before it: DL_KERNEL(3) is 3 along all axes, and a first 0 is the default. */
#ifndef DL_CONV_H
#define DL_CONV_H
#include "dl/ops.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- convolution ----------------------------------------------------------------------------- */

/* ---- pooling --------------------------------------------------------------------------------- */

/* ---- patches --------------------------------------------------------------------------------- */

/* ---- resampling ------------------------------------------------------------------------------ */

/* ---- C-only sugar: a list with a number for each spatial axis -------------------------------- */
#define DL_KERNEL(...) (const int32_t[3]){__VA_ARGS__}

#ifdef __cplusplus
}
#endif
#endif
