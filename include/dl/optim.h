/* dl/optim.h: optimizers. Hyper-parameters are double; in an options struct 0 means the default and
 * DL_OFF really zero. Schedules of the learning rate: dl/sched.h. Update rules of your own:
 * dl/ext.h.
 *
 *     dl_optim *opt = dl_optim_adam(net, &(dl_adam_opts){.lr = 3e-4, .weight_decay = 0.01});
 *     dl_optim_group(opt, "*.bias", 0, DL_OFF);     biases do not decay
 *     ...
 *     dl_module_zero_grad(net);
 *     dl_backward(dl_cross_entropy(dl_module_forward(net, x), label, NULL));
 *     if (dl_optim_step(opt) != DL_OK) ...          also when forward or backward failed
 */
#ifndef DL_OPTIM_H
#define DL_OPTIM_H
#include "dl/module.h"
#include "dl/sched.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- update rules ---------------------------------------------------------------------------- */

/* Stochastic gradient descent. With g the gradient plus weight_decay * w:
 *     v = momentum v + (1 - dampening) g      (v = g at a parameter's first step)
 *     w = w - lr v                            or, nesterov: w - lr (g + momentum v)
 * as PyTorch's. lr_in_velocity, as Caffe's, keeps the rate in force when a gradient came:
 *     v = momentum v + lr (1 - dampening) g,  w = w - v   or, nesterov: w - (lr g + momentum v)
 * Both are the same while the rate is. Without momentum w = w - lr g. Sutskever et al., ICML
 * 2013. */
typedef struct dl_sgd_opts {
    double lr;           /* >= 0; default 0.01                      */
    double momentum;     /* in [0, 1); default 0                    */
    double weight_decay; /* >= 0; default 0                         */
    double dampening;    /* in [0, 1); default 0                    */
    int32_t nesterov;    /* 1 wants momentum > 0 and no dampening   */
    int32_t lr_in_velocity;
    int32_t reserved[6]; /* must be zero                            */
} dl_sgd_opts;

/* Adam. With g the gradient plus weight_decay * w, t the parameter's step from 1:
 *     m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *     w = w - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * Kingma and Ba, ICLR 2015. amsgrad: the largest v so far in place of v (Reddi et al., ICLR 2018).
 * decoupled: g without the decay, and first w = w - lr weight_decay w (AdamW, Loshchilov and
 * Hutter, ICLR 2019). All as PyTorch's. */
typedef struct dl_adam_opts {
    double lr;           /* >= 0; default 0.001        */
    double beta1, beta2; /* in [0, 1); 0.9 and 0.999   */
    double eps;          /* >= 0; default 1e-8         */
    double weight_decay; /* >= 0; default 0            */
    int32_t decoupled, amsgrad;
    int32_t reserved[6]; /* must be zero               */
} dl_adam_opts;

/* Adagrad. With g the gradient plus weight_decay * w, t the parameter's step from 1:
 *     v = v + g^2                       (initial before the first step)
 *     w = w - lr / (1 + (t - 1) lr_decay) * g / (sqrt(v) + eps)
 * as PyTorch's; eps_inside: g / sqrt(v + eps). Duchi et al., JMLR 2011. */
typedef struct dl_adagrad_opts {
    double lr;           /* >= 0; default 0.01    */
    double lr_decay;     /* >= 0; default 0       */
    double weight_decay; /* >= 0; default 0       */
    double initial;      /* >= 0; default 0       */
    double eps;          /* >= 0; default 1e-10   */
    int32_t eps_inside;
    int32_t reserved[7]; /* must be zero          */
} dl_adagrad_opts;

/* RMSProp. With g the gradient plus weight_decay * w:
 *     v = alpha v + (1 - alpha) g^2
 *     w = w - lr g / (sqrt(v) + eps)
 * centered: a = alpha a + (1 - alpha) g, and v - a^2 under the root. momentum:
 *     b = momentum b + g / (sqrt(v) + eps),  w = w - lr b
 * All as PyTorch's; eps_inside: sqrt(v + eps). Tieleman and Hinton, Coursera, 2012; Graves,
 * arXiv:1308.0850 (centered). */
typedef struct dl_rmsprop_opts {
    double lr;           /* >= 0; default 0.01     */
    double alpha;        /* in [0, 1); default 0.99 */
    double eps;          /* >= 0; default 1e-8     */
    double weight_decay; /* >= 0; default 0        */
    double momentum;     /* in [0, 1); default 0   */
    int32_t centered, eps_inside;
    int32_t reserved[6]; /* must be zero           */
} dl_rmsprop_opts;

/* Adadelta. With g the gradient plus weight_decay * w:
 *     v = rho v + (1 - rho) g^2
 *     d = sqrt(s + eps) / sqrt(v + eps) g
 *     s = rho s + (1 - rho) d^2
 *     w = w - lr d
 * as PyTorch's. Zeiler, arXiv:1212.5701. */
typedef struct dl_adadelta_opts {
    double lr;           /* >= 0; default 1       */
    double rho;          /* in [0, 1); default 0.9 */
    double eps;          /* >= 0; default 1e-6    */
    double weight_decay; /* >= 0; default 0       */
    int32_t reserved[8]; /* must be zero          */
} dl_adadelta_opts;

/* NAdam. With g the gradient plus weight_decay * w, t the parameter's step from 1, and the momentum
 * mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2), P(t) the product of mu(1) to mu(t):
 *     m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *     d = sqrt(v / (1 - beta2^t)) + eps
 *     w = w - lr ((1 - mu(t)) / (1 - P(t)) g / d + mu(t + 1) / (1 - P(t + 1)) m / d)
 * decoupled: as AdamW. As PyTorch's. Dozat, ICLR 2016 workshop. */
typedef struct dl_nadam_opts {
    double lr;             /* >= 0; default 0.002       */
    double beta1, beta2;   /* in [0, 1); 0.9 and 0.999  */
    double eps;            /* >= 0; default 1e-8        */
    double weight_decay;   /* >= 0; default 0           */
    double momentum_decay; /* >= 0; default 0.004       */
    int32_t decoupled;
    int32_t reserved[7]; /* must be zero              */
} dl_nadam_opts;

/* Lion. With g the gradient, without decay:
 *     c = beta1 m + (1 - beta1) g
 *     w = w - lr weight_decay w - lr sign(c)      (sign(0) = 0)
 *     m = beta2 m + (1 - beta2) g
 * Chen et al., NeurIPS 2023. */
typedef struct dl_lion_opts {
    double lr;           /* >= 0; default 1e-4        */
    double beta1, beta2; /* in [0, 1); 0.9 and 0.99   */
    double weight_decay; /* >= 0; default 0           */
    int32_t reserved[8]; /* must be zero              */
} dl_lion_opts;

enum { DL_SEARCH_NONE = 0, DL_SEARCH_WOLFE = 1 };

/* L-BFGS, for smooth problems small enough to see whole: each step runs up to max_iter iterations
 *     d = -H g,  w = w + t d
 * where H, the inverse Hessian, comes from the last `history` changes of weights and gradient (the
 * two-loop recursion), and t is lr (in the first iteration of all at most lr / |g|_1), or, with
 * DL_SEARCH_WOLFE, found from there by a line search for the strong Wolfe conditions. It ends early
 * when the largest element of the gradient is at most tolerance_grad, when the step, the slope or
 * the change of the loss is below tolerance_change, and when the loss was computed max_eval times.
 * As PyTorch's, which differs in its default history of 100. A point of the line search where the
 * loss is not finite counts as too far. Steps through dl_optim_step_closure, and in dl_train; there
 * is no weight decay, no clipping, no dl_optim_proximal, and groups are frozen or not
 * (DL_EUNSUPPORTED). Nocedal, Math. Comp. 1980; Nocedal and Wright, Numerical Optimization, 2006.
 */
typedef struct dl_lbfgs_opts {
    double lr;               /* >= 0; default 1                             */
    double tolerance_grad;   /* >= 0; default 1e-7                          */
    double tolerance_change; /* >= 0; default 1e-9                          */
    int32_t max_iter;        /* >= 1; default 20                            */
    int32_t max_eval;        /* >= 1; default 5/4 max_iter                  */
    int32_t history;         /* 1 to 1000; default 10                       */
    int32_t line_search;     /* DL_SEARCH_NONE (default) or DL_SEARCH_WOLFE */
    int32_t reserved[6];     /* must be zero                                */
} dl_lbfgs_opts;

/* An optimizer over the parameters m has now, tracked or not; to train a part of a net, give that
 * part (dl_module_find). m is kept alive. o NULL: defaults. The result is yours: dl_optim_drop it.
 *
 * All its memory is taken here: one flat array for the gradients (dl_optim_flat) and as many more
 * as the rule has state: 0 or 1 for SGD, 1 for Adagrad and Lion, 2 for Adam, NAdam and Adadelta, 3
 * with amsgrad, 1 to 3 for RMSProp, 2 history + 6 for L-BFGS and 2 more for its line search.
 * Gradients collect in the flat array from now on; those that are present move there, so look
 * dl_grad up again. Parameters without data (meta) give an optimizer without data, to be made again
 * when they are loaded.
 *
 * NULL on failure. DL_EINVAL: an option out of range, no parameters. DL_EUNSUPPORTED: the elements
 * of a parameter do not lie together in memory, or only some parameters have data. DL_ENOMEM. */
DL_API dl_optim *dl_optim_sgd(dl_module *m, const dl_sgd_opts *o);
DL_API dl_optim *dl_optim_adam(dl_module *m, const dl_adam_opts *o);
/* dl_optim_adam, decoupled, with a default weight_decay of 0.01. Checkpoints of the one are good
 * for the other. */
DL_API dl_optim *dl_optim_adamw(dl_module *m, const dl_adam_opts *o);
DL_API dl_optim *dl_optim_adagrad(dl_module *m, const dl_adagrad_opts *o);
DL_API dl_optim *dl_optim_rmsprop(dl_module *m, const dl_rmsprop_opts *o);
DL_API dl_optim *dl_optim_adadelta(dl_module *m, const dl_adadelta_opts *o);
DL_API dl_optim *dl_optim_nadam(dl_module *m, const dl_nadam_opts *o);
DL_API dl_optim *dl_optim_lion(dl_module *m, const dl_lion_opts *o);
DL_API dl_optim *dl_optim_lbfgs(dl_module *m, const dl_lbfgs_opts *o);

/* ---- references ------------------------------------------------------------------------------ */

DL_API dl_optim *dl_optim_keep(dl_optim *o);    /* one more reference, yours; returns o */
DL_API void dl_optim_drop(dl_optim *o);         /* gives one reference up; any thread   */
DL_API dl_ctx *dl_optim_ctx(const dl_optim *o); /* borrowed; NULL for NULL */

/* ---- settings: they may change between any two steps ----------------------------------------- */

/* Settings of their own for the parameters whose path (dl_module_param_name, when the optimizer was
 * made) fits pattern, where * stands for any text and ? for one byte: "*.bias". lr_scale
 * multiplies the rate: 0 is the default 1, DL_OFF freezes: the parameter and its state stay as they
 * are. weight_decay: 0 keeps the optimizer's, DL_OFF is none. Of several patterns that fit, the
 * last one set counts, with both its values. DL_EINVAL: no parameter fits, a value is negative or
 * not finite; then nothing changed. */
DL_API dl_status dl_optim_group(dl_optim *o, const char *pattern, double lr_scale,
                                double weight_decay);

/* No weight decay for the parameters whose path fits pattern; their rate stays. NULL: for those of
 * fewer than two axes, the biases, and the scales and shifts of norms. DL_EINVAL: no parameter fits
 * a pattern; then nothing changed. NULL may fit none. */
DL_API dl_status dl_optim_spare(dl_optim *o, const char *pattern);

/* An L1 penalty lambda sum |w| by proximal steps: after each update of a parameter that fits
 * pattern (as in dl_optim_group; NULL: the weights, which have two axes or more) w = sign(w)
 * max(|w| - t, 0) with t = lambda times the parameter's rate, so that weights become exactly 0 and
 * stay there, as they do not with dl_penalty_l1. With dl_optim_sgd and no momentum this is ISTA;
 * with other rules the rate alone, not their scaling, counts. The penalty is not part of the loss
 * that is shown. 0 or DL_OFF: none. As other settings it is not saved in checkpoints. DL_EINVAL: no
 * parameter fits, lambda is negative or not finite. Daubechies et al., Communications on Pure and
 * Applied Mathematics, 2004. */
DL_API dl_status dl_optim_proximal(dl_optim *o, const char *pattern, double lambda);

/* Clips before each step: first every element of the gradient to [-value, value], then all
 * gradients together to the 2-norm norm (times norm / (their norm + 1e-6) where that is below 1).
 * Weight decay comes after. 0 or DL_OFF: no clipping. With norm set, a norm that is NaN or infinite
 * makes the step DL_ENUMERIC. Pascanu et al., ICML 2013. */
DL_API dl_status dl_optim_clip(dl_optim *o, double norm, double value);

/* The rate of the next step: base rate times schedule. NaN for NULL. */
DL_API double dl_optim_lr(const dl_optim *o);
/* Sets the base rate, >= 0 and finite. */
DL_API dl_status dl_optim_set_lr(dl_optim *o, double lr);
/* The base rate follows s from the next step on, counted from the optimizer's first; adopts s, also
 * when it fails; NULL: constant. A schedule that cycles momentum wants an optimizer that has some:
 * SGD and RMSProp with momentum, Adam, AdamW (DL_EINVAL). */
DL_API dl_status dl_optim_set_sched(dl_optim *o, dl_sched *s);

/* ---- steps ----------------------------------------------------------------------------------- */

/* One update of every parameter that is tracked, not frozen, and has a gradient; the others are
 * skipped. The gradients stay: dl_module_zero_grad before the next backward. Same bits for any
 * number of threads. Takes no memory.
 *
 * On failure nothing has changed. While an error stands that is what happens at once, so a failed
 * forward or backward never changes weights. DL_ESTATE: there is no gradient at all, or parameters
 * were meta and have data now; dl_optim_lbfgs. DL_ENUMERIC: dl_optim_clip, or the rate is not
 * finite. */
DL_API dl_status dl_optim_step(dl_optim *o);

/* Computes a loss of m from its parameters: recorded, one element. NULL is a failure: DL_EUSER,
 * unless an error stands. What it makes belongs to a scope that ends after it. */
typedef dl_tensor *(*dl_closure)(dl_module *m, void *user);

/* A step that computes the gradients itself: marks those of the module absent, calls fn and runs
 * dl_backward over its result, then dl_optim_step; L-BFGS does so as often as it needs. For it fn
 * should be the same function each time: the same examples, no dropout. *loss (may be NULL) is the
 * loss before the step. On failure weights are what they were, or, with L-BFGS, those of the last
 * iteration that succeeded, and the step is not counted. Fails as fn, dl_backward and dl_optim_step
 * do; DL_ENUMERIC also when the loss, or for L-BFGS a gradient, is not finite; DL_ESTATE:
 * parameters are meta. Takes no memory itself. */
DL_API dl_status dl_optim_step_closure(dl_optim *o, dl_closure fn, void *user, double *loss);

/* Steps taken; -1 for NULL. */
DL_API int64_t dl_optim_steps(const dl_optim *o);

/* The 2-norm of all gradients of the next step together, in double, before clipping; 0 where there
 * are none. NaN on failure (DL_ESTATE: meta), and where a gradient is NaN. */
DL_API double dl_optim_grad_norm(dl_optim *o);

/* All gradients as one flat tensor, in the order of parameters and of their memory: borrowed, lives
 * as long as the optimizer. Each parameter begins at a multiple of 16 elements; what lies between
 * is 0, what belongs to an absent gradient is undefined. A gradient that collected elsewhere (its
 * parameter was untracked in between, or has two optimizers) moves here first. NULL when parameters
 * have different element types (DL_EUNSUPPORTED). Takes no memory. */
DL_API dl_tensor *dl_optim_flat(dl_optim *o);

#ifdef __cplusplus
}
#endif
#endif
