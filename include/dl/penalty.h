/* dl/penalty.h: penalties on the weights of a net as terms of the loss: what is minimised, and
 * shown, is the loss of the data plus them.
 *
 *     dl_tensor *loss = dl_cross_entropy(dl_module_forward(net, x), label, NULL);
 *     loss = dl_add(loss, dl_scale(dl_penalty_l2(net, NULL), 1e-4));
 *     dl_backward(loss);
 *
 * pattern says which parameters: those whose path (dl_module_param_name) fits it, where * stands
 * for any text and ? for one byte, "*.weight". NULL: the weights, that is the parameters of two
 * axes or more: no biases, and no scales and shifts of normalization. The result is a number of the
 * parameters' type, of the innermost scope, and differentiable twice; parameters that are not
 * tracked count, without a gradient. NULL on failure. DL_EINVAL: no parameter fits. DL_EDTYPE: some
 * that do are f32, some f64. */
#ifndef DL_PENALTY_H
#define DL_PENALTY_H
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

/* The sum of |w|; its gradient is sign(w), 0 where w is 0. A weight near 0 jumps to and fro around
 * it: dl_optim_proximal makes it 0 exactly. Tibshirani, Journal of the Royal Statistical Society B,
 * 1996. */
DL_API dl_tensor *dl_penalty_l1(dl_module *m, const char *pattern);
/* The sum of w^2; its gradient is 2 w. lambda times it is, with dl_optim_sgd, the weight_decay
 * 2 lambda. Krogh and Hertz, NIPS 1991. */
DL_API dl_tensor *dl_penalty_l2(dl_module *m, const char *pattern);

#ifdef __cplusplus
}
#endif
#endif
