/* dl/layers.h: the layers. Each constructor's result is yours: dl_module_drop it, or hand it to a
 * function that adopts it. Parameters have the context's element type (dl_ctx_opts.dtype) and get
 * their first values from the context's seed. Layers have one input and one output, unless said
 * otherwise. */
#ifndef DL_LAYERS_H
#define DL_LAYERS_H
#include "dl/conv.h"
#include "dl/grad.h"
#include "dl/init.h"
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

/* What layers with weights have in common. */
typedef struct dl_layer_opts {
    int32_t no_bias;     /* 1: without a bias                               */
    int32_t init;        /* DL_INIT_* of the weights; 0: DL_INIT_HE_NORMAL  */
    int32_t reserved[6]; /* must be zero                                    */
} dl_layer_opts;

/* ---- weights --------------------------------------------------------------------------------- */

/* y = x w^T + b: [.., in] -> [.., out]. Parameters "weight" [out, in], held in memory as [in][out],
 * and "bias" [out]. */
DL_API dl_module *dl_layer_dense(dl_ctx *ctx, int64_t in, int64_t out, const dl_layer_opts *o);

typedef struct dl_embedding_opts {
    int64_t padding_index; /* with padding_set 1: this row is zero at first and has no gradient */
    int32_t padding_set;
    int32_t init;        /* DL_INIT_*; 0: normal, with deviation 1, as PyTorch's */
    int32_t reserved[6]; /* must be zero                                         */
} dl_embedding_opts;
/* Rows of a table chosen by integers 0 .. n - 1 (DL_EINVAL for others): [..] -> [.., dim]. The
 * parameter is "weight" [n, dim]. */
DL_API dl_module *dl_layer_embedding(dl_ctx *ctx, int64_t n, int64_t dim,
                                     const dl_embedding_opts *o);

/* ---- convolution ----------------------------------------------------------------------------- */

/* dl_conv1d, dl_conv2d, dl_conv3d with the settings c (NULL: the defaults): [N, in, ..] -> [N, out,
 * ..]. kernel has a number for each spatial axis, DL_KERNEL(3). Parameters "weight" [out, in /
 * groups, kernel..], held in memory as [kernel.., in / groups, out], and "bias" [out]. DL_EINVAL:
 * groups that do not divide in and out, settings without meaning. */
DL_API dl_module *dl_layer_conv1d(dl_ctx *ctx, int64_t in, int64_t out, const int32_t *kernel,
                                  const dl_conv_opts *c, const dl_layer_opts *o);
DL_API dl_module *dl_layer_conv2d(dl_ctx *ctx, int64_t in, int64_t out, const int32_t *kernel,
                                  const dl_conv_opts *c, const dl_layer_opts *o);
DL_API dl_module *dl_layer_conv3d(dl_ctx *ctx, int64_t in, int64_t out, const int32_t *kernel,
                                  const dl_conv_opts *c, const dl_layer_opts *o);
/* The same of dl_conv_transpose1d, .. 3d; "weight" is [in, out / groups, kernel..], held in memory
 * as [kernel.., out / groups, in], and "bias" [out]. Ways to initialise count fans as for every
 * weight, so that fan_in here is out / groups * kernel.., as PyTorch has it. */
DL_API dl_module *dl_layer_conv_transpose1d(dl_ctx *ctx, int64_t in, int64_t out,
                                            const int32_t *kernel, const dl_conv_opts *c,
                                            const dl_layer_opts *o);
DL_API dl_module *dl_layer_conv_transpose2d(dl_ctx *ctx, int64_t in, int64_t out,
                                            const int32_t *kernel, const dl_conv_opts *c,
                                            const dl_layer_opts *o);
DL_API dl_module *dl_layer_conv_transpose3d(dl_ctx *ctx, int64_t in, int64_t out,
                                            const int32_t *kernel, const dl_conv_opts *c,
                                            const dl_layer_opts *o);

/* ---- pooling --------------------------------------------------------------------------------- */

/* y = dl_NAME(x, kernel, o) of dl/conv.h, which has the options and what is refused. */
DL_API dl_module *dl_layer_maxpool1d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_module *dl_layer_maxpool2d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_module *dl_layer_maxpool3d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_module *dl_layer_avgpool1d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_module *dl_layer_avgpool2d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
DL_API dl_module *dl_layer_avgpool3d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o);
/* y = dl_NAME(x, p, kernel, o). */
DL_API dl_module *dl_layer_lppool1d(dl_ctx *ctx, double p, const int32_t *kernel,
                                    const dl_pool_opts *o);
DL_API dl_module *dl_layer_lppool2d(dl_ctx *ctx, double p, const int32_t *kernel,
                                    const dl_pool_opts *o);
DL_API dl_module *dl_layer_lppool3d(dl_ctx *ctx, double p, const int32_t *kernel,
                                    const dl_pool_opts *o);
/* y = dl_NAME(x, sizes): a number of places along each spatial axis. */
DL_API dl_module *dl_layer_adaptive_avgpool1d(dl_ctx *ctx, const int64_t *sizes);
DL_API dl_module *dl_layer_adaptive_avgpool2d(dl_ctx *ctx, const int64_t *sizes);
DL_API dl_module *dl_layer_adaptive_avgpool3d(dl_ctx *ctx, const int64_t *sizes);
DL_API dl_module *dl_layer_adaptive_maxpool1d(dl_ctx *ctx, const int64_t *sizes);
DL_API dl_module *dl_layer_adaptive_maxpool2d(dl_ctx *ctx, const int64_t *sizes);
DL_API dl_module *dl_layer_adaptive_maxpool3d(dl_ctx *ctx, const int64_t *sizes);
/* [N, C, ..] -> [N, C, 1, ..]: the mean, the largest, of each channel. */
DL_API dl_module *dl_layer_global_avgpool(dl_ctx *ctx);
DL_API dl_module *dl_layer_global_maxpool(dl_ctx *ctx);

/* ---- patches and resampling ------------------------------------------------------------------ */

/* dl_local1d, dl_local2d with the settings c (NULL: the defaults) for inputs [N, in, sizes..]: [N,
 * out, places..]. sizes and kernel have a number for each spatial axis (DL_SIZES, DL_KERNEL),
 * where a 0 repeats the one before it. Parameters "weight" [out, in, kernel.., places..], held in
 * memory as [places.., in, kernel.., out], and "bias" [out, places..]; each place is initialised
 * as a convolution is. DL_EINVAL: settings without meaning, groups; DL_ESHAPE: no places. */
DL_API dl_module *dl_layer_local1d(dl_ctx *ctx, int64_t in, int64_t out, const int64_t *sizes,
                                   const int32_t *kernel, const dl_conv_opts *c,
                                   const dl_layer_opts *o);
DL_API dl_module *dl_layer_local2d(dl_ctx *ctx, int64_t in, int64_t out, const int64_t *sizes,
                                   const int32_t *kernel, const dl_conv_opts *c,
                                   const dl_layer_opts *o);

/* y = dl_NAME of dl/conv.h, which has the options and what is refused. kernel is a list of three,
 * as DL_KERNEL makes it: how many are read depends on the input. */
DL_API dl_module *dl_layer_unfold(dl_ctx *ctx, const int32_t *kernel, const dl_patch_opts *o);
DL_API dl_module *dl_layer_fold(dl_ctx *ctx, const int64_t *sizes, int32_t axes,
                                const int32_t *kernel, const dl_patch_opts *o);
DL_API dl_module *dl_layer_upsample(dl_ctx *ctx, const dl_upsample_opts *o);
DL_API dl_module *dl_layer_pixel_shuffle(dl_ctx *ctx, int32_t r);
DL_API dl_module *dl_layer_pixel_unshuffle(dl_ctx *ctx, int32_t r);

/* ---- activations ----------------------------------------------------------------------------- */

/* y = dl_NAME(x); the numbers are those of the operation, in dl/ops.h, which says what they do and
 * which it takes (else DL_EINVAL). */
DL_API dl_module *dl_layer_relu(dl_ctx *ctx);
DL_API dl_module *dl_layer_relu6(dl_ctx *ctx);
DL_API dl_module *dl_layer_leaky_relu(dl_ctx *ctx, double slope); /* usual is 0.01 */
DL_API dl_module *dl_layer_elu(dl_ctx *ctx, double alpha);        /* usual is 1    */
DL_API dl_module *dl_layer_celu(dl_ctx *ctx, double alpha);       /* usual is 1    */
DL_API dl_module *dl_layer_selu(dl_ctx *ctx);
/* dl_gelu; tanh_form 1: dl_gelu_tanh. */
DL_API dl_module *dl_layer_gelu(dl_ctx *ctx, int32_t tanh_form);
DL_API dl_module *dl_layer_silu(dl_ctx *ctx);
DL_API dl_module *dl_layer_mish(dl_ctx *ctx);
DL_API dl_module *dl_layer_sigmoid(dl_ctx *ctx);
DL_API dl_module *dl_layer_logsigmoid(dl_ctx *ctx);
DL_API dl_module *dl_layer_hardsigmoid(dl_ctx *ctx);
DL_API dl_module *dl_layer_hardswish(dl_ctx *ctx);
DL_API dl_module *dl_layer_tanh(dl_ctx *ctx);
DL_API dl_module *dl_layer_hardtanh(dl_ctx *ctx, double low, double high);       /* usual: -1, 1 */
DL_API dl_module *dl_layer_softplus(dl_ctx *ctx, double beta, double threshold); /* usual: 1, 20 */
DL_API dl_module *dl_layer_softsign(dl_ctx *ctx);
/* dl_prelu with n learned slopes, "weight", 0.25 at first: one for all elements, or one for each
 * index of axis 1. */
DL_API dl_module *dl_layer_prelu(dl_ctx *ctx, int64_t n);
/* dl_glu along axis, which it halves. */
DL_API dl_module *dl_layer_glu(dl_ctx *ctx, int32_t axis);
/* dl_softmax, dl_log_softmax along axis (-1 is the last). */
DL_API dl_module *dl_layer_softmax(dl_ctx *ctx, int32_t axis);
DL_API dl_module *dl_layer_log_softmax(dl_ctx *ctx, int32_t axis);

/* ---- regularization -------------------------------------------------------------------------- */

typedef struct dl_dropout_opts {
    int32_t expectation; /* 1: x mask in training, and x (1 - p) in evaluation mode */
    int32_t reserved[7]; /* must be zero                                            */
} dl_dropout_opts;
/* In training mode each element is 0 with probability p, else x / (1 - p); in evaluation mode y
 * = x. p in [0, 1], else DL_EINVAL. Srivastava et al., JMLR 2014; their own form is the option. */
DL_API dl_module *dl_layer_dropout(dl_ctx *ctx, double p, const dl_dropout_opts *o);
/* The same for whole channels of lines [N, C, L], pictures and volumes: one choice for each [n, c]
 * (dl_dropout_channels); DL_ESHAPE for inputs with other axes. */
DL_API dl_module *dl_layer_dropout1d(dl_ctx *ctx, double p, const dl_dropout_opts *o);
DL_API dl_module *dl_layer_dropout2d(dl_ctx *ctx, double p, const dl_dropout_opts *o);
DL_API dl_module *dl_layer_dropout3d(dl_ctx *ctx, double p, const dl_dropout_opts *o);

/* ---- normalization --------------------------------------------------------------------------- */

typedef struct dl_norm_opts {
    double eps;          /* added to the variance; default 1e-5, DL_OFF: 0                      */
    double momentum;     /* share of a batch in the running statistics; default 0.1, DL_OFF: 0  */
    int32_t no_affine;   /* 1: without weight and bias                                          */
    int32_t no_bias;     /* 1: without bias                                                     */
    int32_t no_stats;    /* 1: no running statistics; those of the batch in evaluation mode too */
    int32_t cumulative;  /* 1: running statistics are plain averages of all batches             */
    int32_t affine;      /* instance normalization alone: 1: with weight and bias               */
    int32_t stats;       /* instance normalization alone: 1: with running statistics            */
    int32_t reserved[2]; /* must be zero                                                        */
} dl_norm_opts;
/* Batch normalization of [N, C] or [N, C, L] with C = channels. In training mode dl_batch_norm,
 * with the statistics of the batch; in evaluation mode with the running ones. Parameters "weight"
 * (1) and "bias" (0), buffers "running_mean" (0), "running_var" (1; of unbiased variances) and
 * "num_batches_tracked" (i64), as in PyTorch. A batch changes them when the outermost forward has
 * succeeded; of several uses in one forward each counts. DL_ESHAPE for other shapes, and for
 * fewer than two values of a channel where their statistics are used. Ioffe and Szegedy, ICML
 * 2015. */
DL_API dl_module *dl_layer_batchnorm1d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
/* The same for pictures [N, C, H, W], and for volumes [N, C, D, H, W]. */
DL_API dl_module *dl_layer_batchnorm2d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
DL_API dl_module *dl_layer_batchnorm3d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
/* dl_layer_norm over the last ndim axes, which must be shape (DL_ESHAPE). Parameters "weight" (1)
 * and "bias" (0) of that shape. Of o only eps, no_affine and no_bias may be set (DL_EINVAL). */
DL_API dl_module *dl_layer_layernorm(dl_ctx *ctx, const int64_t *shape, int32_t ndim,
                                     const dl_norm_opts *o);
/* dl_rms_norm over the last ndim axes, which must be shape (DL_ESHAPE). The parameter is "weight"
 * (1). Of o only eps and no_affine may be set (DL_EINVAL); the default of eps is that of PyTorch,
 * 2^-23 for f32 and 2^-52 for f64. */
DL_API dl_module *dl_layer_rmsnorm(dl_ctx *ctx, const int64_t *shape, int32_t ndim,
                                   const dl_norm_opts *o);
/* dl_group_norm of [N, C, ..] with C = channels, which groups divides (DL_EINVAL). Parameters
 * "weight" (1) and "bias" (0), [C]. Of o only eps, no_affine and no_bias may be set (DL_EINVAL). */
DL_API dl_module *dl_layer_groupnorm(dl_ctx *ctx, int32_t groups, int64_t channels,
                                     const dl_norm_opts *o);
/* dl_instance_norm of lines [N, C, L], pictures and volumes with C = channels. As in PyTorch it has
 * neither parameters nor statistics unless o says so: affine adds "weight" and "bias", stats the
 * buffers of batch normalization, which then serve in evaluation mode; a batch moves them by the
 * means, over its examples, of their means and unbiased variances, and is counted in
 * "num_batches_tracked", which PyTorch leaves at 0. DL_EINVAL for affine with
 * no_affine, stats with no_stats. */
DL_API dl_module *dl_layer_instancenorm1d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
DL_API dl_module *dl_layer_instancenorm2d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
DL_API dl_module *dl_layer_instancenorm3d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
/* dl_local_response_norm. PyTorch's numbers are alpha 1e-4, beta 0.75, k 1. */
DL_API dl_module *dl_layer_local_response_norm(dl_ctx *ctx, int32_t size, double alpha, double beta,
                                               double k);
/* y = (x - mean) / std, with constants that are saved with the net: the moments of the training
 * data. n is the size of axis 1 of x, or 1: one pair for all elements. A std that is 0 in
 * the context's element type counts as 1. Buffers "mean" and "std". DL_EINVAL for numbers that are
 * not finite in that type and a negative std. */
DL_API dl_module *dl_layer_normalize(dl_ctx *ctx, const double *mean, const double *std, int64_t n);

/* ---- shapes ---------------------------------------------------------------------------------- */

/* [N, d, ..] -> [N, d ..]: merges all axes but the first. */
DL_API dl_module *dl_layer_flatten(dl_ctx *ctx);
/* y = x. */
DL_API dl_module *dl_layer_identity(dl_ctx *ctx);

/* ---- other parts ----------------------------------------------------------------------------- */

/* A parameter that stands alone, "weight": called without inputs (dl_module_call with n_in 0), its
 * result is itself. init is DL_INIT_*; 0 is zeros here; most others want two axes (DL_ESHAPE). */
DL_API dl_module *dl_layer_parameter(dl_ctx *ctx, const int64_t *shape, int32_t ndim, int32_t init);
/* y = fn(inputs, n, user): a C function as a layer of one or more inputs. It gives a tensor that
 * some scope owns, made with operations, so that gradients pass, or NULL after an error (DL_EUSER
 * if it left none). name, for messages, has 1 to 47 characters. Copies call the same fn with the
 * same user, shared ones on other threads; release (may be NULL) is called for user when the last
 * of them is gone, on whatever thread, also when this fails. Saving a net with such a layer is
 * DL_EUNSUPPORTED: what a file is to bring back wants a class of its own (dl_module_register). */
DL_API dl_module *dl_layer_lambda(dl_ctx *ctx, const char *name, dl_fn fn, void *user,
                                  void (*release)(void *user));

/* ---- containers: they adopt their children, also when they fail ------------------------------ */

/* Each layer feeds the next; the children are called "0", "1", ... No layers: y = x. */
DL_API dl_module *dl_layer_sequential(dl_ctx *ctx, dl_module *const *layers, int32_t n);
/* The same with names[i], without points and each different, for layers[i]: what PyTorch makes of
 * an OrderedDict. The class is that of dl_layer_sequential. */
DL_API dl_module *dl_layer_named(dl_ctx *ctx, const char *const *names, dl_module *const *layers,
                                 int32_t n);
/* Each of the n layers gets the input; the results are joined along axis (dl_concat); children "0",
 * "1", ... Szegedy et al., CVPR 2015. */
DL_API dl_module *dl_layer_parallel(dl_ctx *ctx, dl_module *const *layers, int32_t n, int32_t axis);
/* y = body(x) + skip(x), or body(x) + x when skip is NULL; children "body" and "skip". The two must
 * have one shape (DL_ESHAPE). He et al., CVPR 2016. */
DL_API dl_module *dl_layer_residual(dl_ctx *ctx, dl_module *body, dl_module *skip);

/* body, of which nothing is kept for backward but its inputs: backward runs it again (gradient
 * checkpointing, rematerialization). A step then needs memory for the activations of one such body
 * at a time, and the time of one more forward of each. Results and gradients are those of body to
 * the bit (gradients of gradients to rounding): random numbers are drawn again, buffers change
 * once, and modes are those of the first run. Where nothing is recorded it is body. The child's
 * name is "", so that paths of what is in it are the same with and without the wrapper, and one
 * loads what the other saved. body may have several inputs and outputs. Backward is DL_ESTATE when
 * an input or parameter was changed since, or is tracked otherwise, and when body has other parts
 * or gives another shape the second time. Its forward must depend on its inputs, its parameters,
 * buffers that only it changes, and the context's random numbers alone. Chen et al., arXiv
 * 1604.06174. */
DL_API dl_module *dl_layer_recompute(dl_ctx *ctx, dl_module *body);

/* ---- blocks of known networks ---------------------------------------------------------------- */

/* What goes past a residual block, to be added to what comes out of it. The letters are those of He
 * et al. "Changes" means another number of channels, or a stride. */
enum {
    DL_SHORTCUT_DEFAULT = 0,     /* what the function says                                        */
    DL_SHORTCUT_PAD = 1,         /* A: the input; where the block changes, dl_layer_shortcut_pad  */
    DL_SHORTCUT_PROJECT = 2,     /* B: the input; where the block changes, a 1x1 convolution      */
    DL_SHORTCUT_PROJECT_ALL = 3, /* C: a 1x1 convolution everywhere                               */
    DL_SHORTCUT_NONE = 4         /* nothing: a plain block                                        */
};
typedef struct dl_block_opts {
    int32_t stride;   /* of the whole block; 0: 1                                                */
    int32_t shortcut; /* DL_SHORTCUT_*; 0: DL_SHORTCUT_PROJECT                                   */
    int32_t dilation; /* of the 3x3 convolutions; 0: 1                                           */
    /* 1: the scale of the last norm is 0 at first, so that the block begins as its shortcut. Goyal
     * et al., 2017. */
    int32_t zero_gamma;
    /* Of the bottleneck alone (DL_EINVAL for others). The 3x3 convolution has groups groups; 0: 1.
     * It is planes * width_per_group / 64 * groups channels wide; 0: 64. groups 32 with
     * width_per_group 4 is ResNeXt-50's, width_per_group 128 the wide net's. */
    int32_t groups, width_per_group;
    /* 1: the stride is that of the first 1x1 convolution, as in the paper; 0: that of the 3x3 one,
     * as in torchvision ("v1.5"). */
    int32_t stride_first;
    int32_t reserved[9]; /* must be zero */
} dl_block_opts;
/* The block of the nets with 18 and 34 layers and of those for CIFAR: relu(bn2(conv2(relu(
 * bn1(conv1(x))))) + shortcut(x)) for [N, in, H, W] -> [N, out, h, w], where both convolutions are
 * 3x3, without bias, and conv1 has the stride. Children as in torchvision: "conv1", "bn1", "conv2",
 * "bn2", and where the shortcut is not the input itself "downsample": the padding layer, or a
 * sequential of convolution and norm. Convolutions begin with DL_INIT_HE_NORMAL_OUT. He et al.,
 * CVPR 2016. */
DL_API dl_module *dl_layer_basic_block(dl_ctx *ctx, int64_t in, int64_t out,
                                       const dl_block_opts *o);
/* The same with three convolutions, 1x1 to planes channels, 3x3, and 1x1 to 4 planes: [N, in, H, W]
 * -> [N, 4 planes, h, w]; also children "conv3", "bn3". Groups: Xie et al., CVPR 2017; width:
 * Zagoruyko and Komodakis, BMVC 2016. */
DL_API dl_module *dl_layer_bottleneck(dl_ctx *ctx, int64_t in, int64_t planes,
                                      const dl_block_opts *o);
/* Shortcut A: every stride-th place of each spatial axis, [N, in, ..] -> [N, out, ..], out >= in;
 * (out - in) / 2 channels of zeros come first, the rest of them last. No parameters. Also for the
 * skip of dl_layer_residual. */
DL_API dl_module *dl_layer_shortcut_pad(dl_ctx *ctx, int64_t in, int64_t out, int32_t stride);

/* ---- C-only sugar: a list of layers for the arguments (layers, n) ---------------------------- */
#define DL_LAYERS(...)                                                                             \
    (dl_module *const[]){__VA_ARGS__},                                                             \
        (int32_t)(sizeof((dl_module *[]){__VA_ARGS__}) / sizeof(dl_module *))

#ifdef __cplusplus
}
#endif
#endif
