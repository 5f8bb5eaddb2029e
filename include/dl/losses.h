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

enum { DL_REDUCE_MEAN = 0, DL_REDUCE_SUM = 1, DL_REDUCE_NONE = 2 };
/* Options of losses; zero them, set what you need. */
typedef struct dl_loss_opts {
    int32_t reduction;      /* DL_REDUCE_*: a mean (default), a sum, or one loss for each */
    int32_t ignore_set;     /* 1: labels equal to ignore_index do not count               */
    int64_t ignore_index;   /* need not be a class: 255, -100, ...                        */
    double label_smoothing; /* in [0, 1): the share that goes to all classes evenly       */
    dl_tensor *weight;      /* of each class, [C], or NULL: ones. A constant, borrowed    */
    int64_t reserved[6];    /* must be zero                                               */
} dl_loss_opts;
/* (pred - target)^2; its mean over all elements by default (NaN if there are none). o NULL:
 * defaults. DL_ESHAPE unless both have one shape: losses do not broadcast, for [N, 1] against [N]
 * would compare every pair. DL_EINVAL for options of another loss. */
DL_API dl_tensor *dl_mse(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o);
/* Cross-entropy from logits, [N, C, d..] or [C], computed as max + log(sum) - x without taking the
 * logarithm of a softmax. For each row of C logits, with e = label_smoothing and weights w:
 *     label y (i32, i64, u8; target [N, d..]):
 *         -(1 - e) w_y log p_y - e / C sum_c w_c log p_c
 *     probabilities t (of the logits' type and shape):
 *         -sum_c w_c ((1 - e) t_c + e / C) log p_c
 * where p = softmax(logits), and 0 log 0 = 0. MEAN divides the sum by the sum of w_y over the
 * labels that count, or, for probabilities, by their number N d..; these are the rules of PyTorch,
 * and so is NaN when no label counts. NONE gives [N, d..]. Ignored labels have no loss and no
 * gradient. Gradients: of logits and of probabilities; a tracked weight is DL_EUNSUPPORTED in
 * backward.
 * DL_EINVAL: a label outside [0, C), with its position and value; a reduction or smoothing out of
 * range; ignore_set with probabilities. DL_ESHAPE, DL_EDTYPE: a target or weight that does not fit.
 * Smoothing: Szegedy et al., CVPR 2016. */
DL_API dl_tensor *dl_cross_entropy(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o);

#ifdef __cplusplus
}
#endif
#endif
