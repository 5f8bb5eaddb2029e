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

typedef struct dl_conv_opts {
    int32_t stride[3];         /* default 1                                                       */
    int32_t padding[3];        /* places before and after each axis; default 0                    */
    int32_t padding_end[3];    /* places after each axis; default: as padding; DL_OFF: 0          */
    int32_t dilation[3];       /* distance of two entries of the kernel; default 1                */
    int32_t output_padding[3]; /* transposed only: places more at the end of the result; less than
                                  the stride or the dilation                                      */
    int32_t groups;            /* default 1; divides both numbers of channels                     */
    int32_t mode;              /* what stands in the padding: DL_PAD_*, but not DL_PAD_CONSTANT   */
    int32_t same;              /* 1: as much padding as makes places = ceil(size / stride), the odd
                                  one after the axis; padding and padding_end must be zero        */
    int32_t reserved[6];       /* must be zero                                                    */
} dl_conv_opts;

/* Convolution, in the form that deep learning uses (cross-correlation; that of textbooks is the
 * same with w flipped along its spatial axes):
 *     y[n, o, p] = b[o] + sum over c, k of x[n, c, p stride - padding + k dilation] w[o, c, k]
 * x is [N, C, spatial..], w [O, C / groups, kernel..], b [O] or NULL; y [N, O, places..], and along
 * each axis places = floor((size + padding + padding_end - dilation (kernel - 1) - 1) / stride) +
 * 1. With groups the outputs of a group see the channels of that group alone; groups = C is called
 * depthwise. N, C and O may be 0. o NULL: the defaults. w is read fastest when its memory is
 * [kernel.., C / groups, O], as layers have it and as its gradient comes. DL_ESHAPE: shapes that do
 * not fit, groups that do not divide; DL_EINVAL: settings without meaning. Padding that is not
 * zeros goes through dl_pad, with its limits. LeCun et al., Proceedings of the IEEE 1998. */
DL_API dl_tensor *dl_conv1d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);
DL_API dl_tensor *dl_conv2d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);
DL_API dl_tensor *dl_conv3d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);

/* Transposed convolution, the gradient of dl_conv2d by its input: each place of x spreads out,
 *     y[n, o, p stride - padding + k dilation] += x[n, c, p] w[c, o, k]      and then + b[o]
 * x is [N, C, spatial..], w [C, O / groups, kernel..], b [O] or NULL; y [N, O, ..] with (size - 1)
 * stride - padding - padding_end + dilation (kernel - 1) + output_padding + 1 places along each
 * axis. Padding is cut off the result, and always zeros (else DL_EINVAL); nor is there same. Zeiler
 * et al., CVPR 2010. */
DL_API dl_tensor *dl_conv_transpose1d(dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                      const dl_conv_opts *o);
DL_API dl_tensor *dl_conv_transpose2d(dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                      const dl_conv_opts *o);
DL_API dl_tensor *dl_conv_transpose3d(dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                      const dl_conv_opts *o);

/* ---- pooling --------------------------------------------------------------------------------- */

/* ---- patches --------------------------------------------------------------------------------- */

/* ---- resampling ------------------------------------------------------------------------------ */

/* ---- C-only sugar: a list with a number for each spatial axis -------------------------------- */
#define DL_KERNEL(...) (const int32_t[3]){__VA_ARGS__}

#ifdef __cplusplus
}
#endif
#endif
