/* dl/losses.h: losses, operations that say how far a result is from what was wanted.
 *
 * pred is what the net gives, target what it should. Losses do not broadcast, unless said
 * otherwise. Like all operations: f32 and f64, any strides, differentiable twice unless said
 * otherwise; results belong to the innermost scope; NULL in, NULL out; DL_EINVAL for an option of
 * another loss or out of range. o NULL: defaults. */
#ifndef DL_LOSSES_H
#define DL_LOSSES_H
#include "dl/ops.h"
#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of the losses of all elements: their mean, their sum, nothing, or their sum over the
 * size of axis 0: the mean over the examples of a batch. */
enum { DL_REDUCE_MEAN = 0, DL_REDUCE_SUM = 1, DL_REDUCE_NONE = 2, DL_REDUCE_BATCH_MEAN = 3 };
/* Options of losses; zero them, set what you need. Each loss says which it has beside the
 * reduction; others are DL_EINVAL. */
typedef struct dl_loss_opts {
    int32_t reduction;      /* DL_REDUCE_*; the default is a mean                         */
    int32_t ignore_set;     /* 1: labels equal to ignore_index do not count               */
    int64_t ignore_index;   /* need not be a class: 255, -100, ...                        */
    double label_smoothing; /* in [0, 1): the share that goes to all classes evenly       */
    dl_tensor *weight;      /* of classes, [C], or elements; NULL: ones. Borrowed         */
    dl_tensor *pos_weight;  /* of the positive targets of dl_bce_with_logits. Borrowed    */
    int64_t reserved[5];    /* must be zero                                               */
} dl_loss_opts;

/* ---- numbers --------------------------------------------------------------------------------- *
 * Losses of pred and target of one shape and type, element by element. DL_ESHAPE unless the shapes
 * are equal: [N, 1] against [N] would compare every pair. The mean over no elements is NaN. Both
 * have gradients. DL_REDUCE_BATCH_MEAN wants an axis 0 (DL_ESHAPE). */

/* (pred - target)^2. */
DL_API dl_tensor *dl_mse(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o);
/* |pred - target|. The gradient where both are equal is 0. */
DL_API dl_tensor *dl_l1(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o);

/* With d = pred - target: d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2). DL_EINVAL
 * unless delta is finite and above 0. Huber, Annals of Mathematical Statistics, 1964. */
DL_API dl_tensor *dl_huber(dl_tensor *pred, dl_tensor *target, double delta, const dl_loss_opts *o);
/* With d = pred - target: d^2 / (2 beta) where |d| < beta, else |d| - beta / 2; beta 0 is dl_l1.
 * DL_EINVAL unless beta is finite and not negative. Girshick, ICCV 2015. */
DL_API dl_tensor *dl_smooth_l1(dl_tensor *pred, dl_tensor *target, double beta,
                               const dl_loss_opts *o);
/* The Kullback-Leibler divergence from log p to a target t of probabilities, t (log t - log p) with
 * 0 log 0 = 0, or, with log_target 1, of logarithms: e^t (t - log p). The divergence itself is the
 * sum over the classes; DL_REDUCE_BATCH_MEAN gives its mean over the examples, the default divides
 * by the classes, too. The gradient of a probability that is 0 is 0. */
DL_API dl_tensor *dl_kl_div(dl_tensor *log_p, dl_tensor *target, int32_t log_target,
                            const dl_loss_opts *o);

/* ---- two classes ----------------------------------------------------------------------------- *
 * The same rules. */

/* Binary cross-entropy of probabilities: -(t log p + (1 - t) log(1 - p)), where logarithms end at
 * -100, and divisors of gradients at 1e-12, so that 0 and 1 give large numbers, not infinite ones.
 * Options: weight, which broadcasts to the losses and multiplies them, before they are reduced.
 * DL_EINVAL: a p outside [0, 1], with its position; NaN passes. DL_ESHAPE: a weight that does not
 * broadcast. */
DL_API dl_tensor *dl_bce(dl_tensor *p, dl_tensor *target, const dl_loss_opts *o);
/* The same from logits, p = sigmoid(x), as |x| (1 - t where x > 0, else t) + log(1 + e^-|x|): exact
 * for any logits; an infinite one that its target agrees with has the loss 0. Options: weight, and
 * pos_weight, which broadcasts to the logits and multiplies the part of positive targets:
 * -(pos_weight t log p + (1 - t) log(1 - p)). */
DL_API dl_tensor *dl_bce_with_logits(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o);
/* max(0, 1 - y s) of scores s and targets y, which are floats of 1 or -1; others are DL_EINVAL,
 * with their position. The gradient at y s = 1 is 0. Cortes and Vapnik, Machine Learning, 1995. */
DL_API dl_tensor *dl_hinge(dl_tensor *scores, dl_tensor *target, const dl_loss_opts *o);

/* ---- classes --------------------------------------------------------------------------------- */

/* Cross-entropy from logits, [N, C, d..] or [C], computed as max + log(sum) - x without taking the
 * logarithm of a softmax. For each row of C logits, with e = label_smoothing and weights w:
 *     label y (i32, i64, u8; target [N, d..]):
 *         -(1 - e) w_y log p_y - e / C sum_c w_c log p_c
 *     probabilities t (of the logits' type and shape):
 *         -sum_c w_c ((1 - e) t_c + e / C) log p_c
 * where p = softmax(logits), and 0 log 0 = 0. MEAN divides the sum by the sum of w_y over the
 * labels that count, or, for probabilities, by their number N d..; these are the rules of
 * PyTorch, and so is NaN when no label counts. BATCH_MEAN divides by N (1 for [C]). NONE gives
 * [N, d..]. Ignored labels have no loss and no gradient. Gradients: of logits and of
 * probabilities; a tracked weight is DL_EUNSUPPORTED in backward.
 * DL_EINVAL: a label outside [0, C), with its position and value; a reduction or smoothing out of
 * range; ignore_set with probabilities. DL_ESHAPE, DL_EDTYPE: a target or weight that does not fit.
 * Options: ignore_set, label_smoothing, weight. Smoothing: Szegedy et al., CVPR 2016. */
DL_API dl_tensor *dl_cross_entropy(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o);
/* -w_y log p_y of labels y (i32, i64, u8; [N, d..]) and logarithms of probabilities, [N, C, d..] or
 * [C]: cross-entropy after dl_log_softmax. Options: ignore_set, weight (of each class). Reductions,
 * ignored labels and failures are those of dl_cross_entropy. */
DL_API dl_tensor *dl_nll(dl_tensor *log_p, dl_tensor *target, const dl_loss_opts *o);

/* ---- vectors --------------------------------------------------------------------------------- *
 * [N, D], or [D] for one; NONE gives [N], or []. Gradients are finite also where vectors are 0 or
 * equal. */

/* Of pairs: 1 - cos(a, b) where the target, [N] or [], is 1, max(0, cos(a, b) - margin) where it is
 * -1. cos is a . b / sqrt((|a|^2 + 1e-12) (|b|^2 + 1e-12)). The target, of the type of a and b, is
 * a constant. PyTorch's cosine_embedding_loss. DL_EINVAL: a target that is neither, with its
 * position; a margin outside [-1, 1]. DL_ESHAPE, DL_EDTYPE. */
DL_API dl_tensor *dl_cosine_loss(dl_tensor *a, dl_tensor *b, dl_tensor *target, double margin,
                                 const dl_loss_opts *o);
/* max(0, margin + |anchor - positive| - |anchor - negative|), where |d| is the 2-norm of d + 1e-6.
 * PyTorch's triplet_margin_loss. DL_EINVAL unless margin is finite and above 0. DL_ESHAPE,
 * DL_EDTYPE. Schroff et al., CVPR 2015. */
DL_API dl_tensor *dl_triplet(dl_tensor *anchor, dl_tensor *positive, dl_tensor *negative,
                             double margin, const dl_loss_opts *o);

#ifdef __cplusplus
}
#endif
#endif
