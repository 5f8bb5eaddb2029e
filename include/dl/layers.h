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

/* ---- patches and resampling ------------------------------------------------------------------ */

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

/* ---- normalization --------------------------------------------------------------------------- */

typedef struct dl_norm_opts {
    double eps;          /* added to the variance; default 1e-5, DL_OFF: 0                      */
    double momentum;     /* share of a batch in the running statistics; default 0.1, DL_OFF: 0  */
    int32_t no_affine;   /* 1: without weight and bias                                          */
    int32_t no_bias;     /* 1: without bias                                                     */
    int32_t no_stats;    /* 1: no running statistics; those of the batch in evaluation mode too */
    int32_t cumulative;  /* 1: running statistics are plain averages of all batches             */
    int32_t reserved[4]; /* must be zero                                                        */
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
/* Each of the n layers gets the input; the results are joined along axis (dl_concat); children "0",
 * "1", ... Szegedy et al., CVPR 2015. */
DL_API dl_module *dl_layer_parallel(dl_ctx *ctx, dl_module *const *layers, int32_t n, int32_t axis);
/* y = body(x) + skip(x), or body(x) + x when skip is NULL; children "body" and "skip". The two must
 * have one shape (DL_ESHAPE). He et al., CVPR 2016. */
DL_API dl_module *dl_layer_residual(dl_ctx *ctx, dl_module *body, dl_module *skip);

/* ---- blocks of known networks ---------------------------------------------------------------- */

/* ---- C-only sugar: a list of layers for the arguments (layers, n) ---------------------------- */
#define DL_LAYERS(...)                                                                             \
    (dl_module *const[]){__VA_ARGS__},                                                             \
        (int32_t)(sizeof((dl_module *[]){__VA_ARGS__}) / sizeof(dl_module *))

#ifdef __cplusplus
}
#endif
#endif
