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

/* Results keep the memory layout of x, and have the same bits whatever it is. A window begins every
 * stride elements, the first one padding elements before the input. Shapes, NULL for o included:
 * size -> floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 along each spatial
 * axis; with ceil_mode the quotient is rounded up, unless the last window would then begin behind
 * the input. DL_EINVAL for a padding above half of the window, and for options that the operation
 * has not; DL_ESHAPE where a dilated window would have padding alone. */
typedef struct dl_pool_opts {
    int32_t stride[3];       /* default: the kernel                                              */
    int32_t padding[3];      /* on both sides of each axis; not of lppool                        */
    int32_t dilation[3];     /* of maxpool; default 1                                            */
    int32_t ceil_mode;       /* 1: windows may reach over the end                                */
    int32_t exclude_padding; /* of avgpool; 1: divide by the elements of x in the window alone,
                                0: by those in x and its padding                                 */
    int32_t reserved[5];     /* must be zero                                                     */
    int64_t divisor;         /* of avgpool; not 0: divide by this                                */
} dl_pool_opts;

/* The largest element of each window; padding counts as -infinity. NaN is larger than everything.
 * The gradient goes to the place that the index has. */
DL_API dl_tensor *dl_maxpool1d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_maxpool2d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_maxpool3d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);
/* The same, and where it is: *index, i64, shaped as *y, is the number of the element in its plane
 * of x, h W + w for pictures: of equal ones the first, of NaNs the last. Either result may be NULL:
 * not wanted. */
DL_API dl_status dl_maxpool1d_index(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o,
                                    dl_tensor **y, dl_tensor **index);
DL_API dl_status dl_maxpool2d_index(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o,
                                    dl_tensor **y, dl_tensor **index);
DL_API dl_status dl_maxpool3d_index(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o,
                                    dl_tensor **y, dl_tensor **index);

/* The mean of each window; padding counts as 0. Sums run in f64, of f32 too. */
DL_API dl_tensor *dl_avgpool1d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_avgpool2d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_avgpool3d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o);

/* (sum x^p)^(1/p) over each window, for a finite p > 0 (DL_EINVAL): p = 1 the sum, large p near the
 * maximum. As in PyTorch powers and roots are those of dl_pow_scalar, NaN of negative numbers where
 * they have none that is real, and of a negative sum; where ceil_mode lets a window reach over the
 * end, its sum is scaled up to the whole window. The gradient is 0 where the sum is, but for p = 1.
 * No padding. */
DL_API dl_tensor *dl_lppool1d(dl_tensor *x, double p, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_lppool2d(dl_tensor *x, double p, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_tensor *dl_lppool3d(dl_tensor *x, double p, const int32_t *kernel, const dl_pool_opts *o);

/* Maxima put back: zeros with the spatial sizes that the list names (a 0 repeats the number before
 * it), and x at the places of index (i32, i64 or u8, shaped as x), numbers in a plane of the result
 * as dl_maxpool2d_index gives them; of elements with one place the last stays, and it alone has a
 * gradient. DL_EINVAL for a place that is not there and a size below 1. Zeiler et al., ICCV
 * 2011. */
DL_API dl_tensor *dl_max_unpool1d(dl_tensor *x, dl_tensor *index, const int64_t *sizes);
DL_API dl_tensor *dl_max_unpool2d(dl_tensor *x, dl_tensor *index, const int64_t *sizes);
DL_API dl_tensor *dl_max_unpool3d(dl_tensor *x, dl_tensor *index, const int64_t *sizes);

/* Pooling to a given number of places along each spatial axis: place i of n has the elements from
 * floor(i size / n) up to ceil((i + 1) size / n). sizes is a list with a number for each spatial
 * axis, as DL_SIZES makes it: a 0 repeats the number before it; DL_OFF, and a first 0, leave the
 * axis as long as it is. */
DL_API dl_tensor *dl_adaptive_avgpool1d(dl_tensor *x, const int64_t *sizes);
DL_API dl_tensor *dl_adaptive_avgpool2d(dl_tensor *x, const int64_t *sizes);
DL_API dl_tensor *dl_adaptive_avgpool3d(dl_tensor *x, const int64_t *sizes);
DL_API dl_tensor *dl_adaptive_maxpool1d(dl_tensor *x, const int64_t *sizes);
DL_API dl_tensor *dl_adaptive_maxpool2d(dl_tensor *x, const int64_t *sizes);
DL_API dl_tensor *dl_adaptive_maxpool3d(dl_tensor *x, const int64_t *sizes);
DL_API dl_status dl_adaptive_maxpool1d_index(dl_tensor *x, const int64_t *sizes, dl_tensor **y,
                                             dl_tensor **index);
DL_API dl_status dl_adaptive_maxpool2d_index(dl_tensor *x, const int64_t *sizes, dl_tensor **y,
                                             dl_tensor **index);
DL_API dl_status dl_adaptive_maxpool3d_index(dl_tensor *x, const int64_t *sizes, dl_tensor **y,
                                             dl_tensor **index);

/* The mean, and the largest, of each channel of each example: [N, C, ..] -> [N, C, 1, ..], with any
 * number of spatial axes. Lin et al., Network in Network, ICLR 2014. */
DL_API dl_tensor *dl_global_avgpool(dl_tensor *x);
DL_API dl_tensor *dl_global_maxpool(dl_tensor *x);

/* ---- patches --------------------------------------------------------------------------------- */

typedef struct dl_patch_opts {
    int32_t stride[3];      /* default 1                                               */
    int32_t padding[3];     /* zeros before and after each axis; default 0             */
    int32_t padding_end[3]; /* zeros after each axis; default: as padding; DL_OFF: 0   */
    int32_t dilation[3];    /* distance of two entries of the kernel; default 1        */
    int32_t reserved[4];    /* must be zero                                            */
} dl_patch_opts;

/* What a convolution with that kernel multiplies with its weights, as the columns of a matrix
 * (im2col):
 *     y[n, (c, k), p] = x[n, c, p stride - padding + k dilation]        0 in the padding
 * x is [N, C, spatial..] with 1 to 3 spatial axes, y [N, C kernel.., places..]: all places are one
 * axis, all entries of the kernel and the channels another, in row-major order. o NULL: the
 * defaults. DL_EINVAL for numbers without meaning. */
DL_API dl_tensor *dl_unfold(dl_tensor *x, const int32_t *kernel, const dl_patch_opts *o);
/* The adjoint, and so the gradient, of dl_unfold for inputs of these sizes: entries go back to
 * where they came from and, where places overlap, are added up in the order of the kernel
 * (col2im). y is [N, C kernel.., places..], the result [N, C, sizes..], with axes of them:
 * dl_fold(y, DL_SHAPE(5, 7), DL_KERNEL(3), NULL). */
DL_API dl_tensor *dl_fold(dl_tensor *y, const int64_t *sizes, int32_t axes, const int32_t *kernel,
                          const dl_patch_opts *o);

/* Convolution without sharing: each place has weights of its own (locally connected).
 *     y[n, o, p] = b[o, p] + sum over c, k of
 *                  x[n, c, p stride - padding + k dilation] w[o, c, k, p]
 * x is [N, C, spatial..], w [O, C, kernel.., places..], b [O, places..] or NULL; y [N, O,
 * places..], with the places of dl_conv2d. The options are those of convolution, without groups
 * and output_padding (DL_EINVAL). w is read fastest when its memory is [places.., C, kernel.., O],
 * as layers have it. Between forward and backward the patches of x are kept, kernel.. times its
 * elements. In memory y is [places.., N, O]. DL_ESHAPE: shapes that do not fit. LeCun,
 * Generalization and network design strategies, 1989. */
DL_API dl_tensor *dl_local1d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);
DL_API dl_tensor *dl_local2d(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o);

/* ---- resampling ------------------------------------------------------------------------------ */

/* What a place of the result is made of. */
enum {
    DL_UPSAMPLE_NEAREST = 0,       /* element floor(o size / places)                             */
    DL_UPSAMPLE_NEAREST_EXACT = 1, /* element floor((o + 1/2) size / places)                     */
    DL_UPSAMPLE_LINEAR = 2 /* the two elements around it along each axis, by distance: linear,
                              bilinear, trilinear                                               */
};
typedef struct dl_upsample_opts {
    /* Either the places along each spatial axis, DL_OFF: as many as there are; or factors, finite
     * and above 0: places = floor(size scale). A 0 repeats the number before it. */
    int64_t sizes[3];
    double scale[3];
    int32_t mode;            /* DL_UPSAMPLE_*                                                    */
    int32_t align_corners;   /* of LINEAR; 1: the first and the last places are the first and last
                                elements, 0: the outer edges of both meet                        */
    int32_t recompute_scale; /* of scale; 1: distances are size / places, as with sizes, 0: they are
                                1 / scale, which differs where size scale is no whole number     */
    int32_t reserved[5];     /* must be zero                                                     */
} dl_upsample_opts;
/* x, [N, C, spatial..] with 1 to 3 spatial axes, at other places: more or fewer. With LINEAR place
 * o lies at (o + 1/2) size / places - 1/2, and before the first element it is the first; aligned,
 * at o (size - 1) / (places - 1), or 0; as many places as elements are the elements, whatever the
 * scale. Elements without weight are not read, so that an infinity there is none in the result.
 * Sums run in f64, of f32 too. As PyTorch's interpolate, which rounds size / places to f32 for
 * NEAREST, and leaves out a scale that doubles the size of pictures, or keeps it. DL_ESHAPE where
 * no place is left; DL_EINVAL for options without meaning. */
DL_API dl_tensor *dl_upsample(dl_tensor *x, const dl_upsample_opts *o);

/* Channels become places: [N, C r r, H, W] -> [N, C, H r, W r], where channel (c, i, j) goes to the
 * places (h r + i, w r + j). DL_EINVAL for an r below 1, DL_ESHAPE where r r does not divide the
 * channels. Any element type. Shi et al., CVPR 2016. */
DL_API dl_tensor *dl_pixel_shuffle(dl_tensor *x, int32_t r);
/* The way back: [N, C, H r, W r] -> [N, C r r, H, W]. DL_ESHAPE where r does not divide sizes. */
DL_API dl_tensor *dl_pixel_unshuffle(dl_tensor *x, int32_t r);

/* ---- C-only sugar: a list with a number for each spatial axis -------------------------------- */
#define DL_KERNEL(...)                                                                             \
    (const int32_t[3])                                                                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define DL_SIZES(...)                                                                              \
    (const int64_t[3])                                                                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#ifdef __cplusplus
}
#endif
#endif
