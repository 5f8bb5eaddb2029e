/* dl/optim.h: optimizers and learning-rate schedules. Hyper-parameters are double; in an options
 * struct 0 means the default and DL_OFF really zero. */
#ifndef DL_OPTIM_H
#define DL_OPTIM_H
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Stochastic gradient descent. With g the gradient plus weight_decay * w:
 *     v = momentum v + (1 - dampening) g      (v = g at a parameter's first step)
 *     w = w - lr v                            or, nesterov: w - lr (g + momentum v)
 * as PyTorch's. Sutskever et al., ICML 2013. */
typedef struct dl_sgd_opts {
    double lr;           /* default 0.01                            */
    double momentum;     /* in [0, 1); default 0                    */
    double weight_decay; /* >= 0; default 0                         */
    double dampening;    /* default 0                               */
    int32_t nesterov;    /* 1 wants momentum > 0 and no dampening   */
    int32_t reserved[7];
} dl_sgd_opts;

/* Adam. With g the gradient plus weight_decay * w, t the parameter's step from 1:
 *     m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *     w = w - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * Kingma and Ba, ICLR 2015. amsgrad: the largest v so far in place of v (Reddi et al., ICLR 2018).
 * decoupled: g without the decay, and first w = w - lr weight_decay w (AdamW, Loshchilov and
 * Hutter, ICLR 2019). */
typedef struct dl_adam_opts {
    double lr;           /* default 0.001              */
    double beta1, beta2; /* in [0, 1); 0.9 and 0.999   */
    double eps;          /* default 1e-8               */
    double weight_decay; /* >= 0; default 0            */
    int32_t decoupled, amsgrad;
    int32_t reserved[6];
} dl_adam_opts;

/* An optimizer over the parameters m has now; m is kept alive. o NULL: defaults. The result is yours.
 * Gradients of the parameters move into one flat array of the optimizer, and are absent at first.
 * Parameters must be dense in memory (DL_EUNSUPPORTED); an option out of range is DL_EINVAL. */
DL_API dl_optim *dl_optim_sgd(dl_module *m, const dl_sgd_opts *o);
DL_API dl_optim *dl_optim_adam(dl_module *m, const dl_adam_opts *o);

DL_API dl_optim *dl_optim_keep(dl_optim *o); /* one more reference, yours; returns o */
DL_API void dl_optim_drop(dl_optim *o);      /* gives one reference up; any thread   */
DL_API dl_ctx *dl_optim_ctx(const dl_optim *o);

/* Settings of their own for the parameters whose name (dl_module_param_name) fits pattern, where *
 * stands for any text and ? for one character: "*.bias". lr_scale multiplies the rate: 0 is the
 * default 1, DL_OFF freezes. weight_decay: 0 keeps the optimizer's, DL_OFF is none. Of several
 * patterns that fit, the last one set counts. No parameter fits: DL_EINVAL. */
DL_API dl_status dl_optim_group(dl_optim *o, const char *pattern, double lr_scale,
                                double weight_decay);

/* Clips before each step: first every element of the gradient to [-value, value], then all
 * gradients together to the 2-norm norm (times norm / (their norm + 1e-6) where that is below 1).
 * 0 or DL_OFF: no clipping. A norm that is NaN or infinite makes the step DL_ENUMERIC, with the
 * weights as they were. Pascanu et al., ICML 2013. */
DL_API dl_status dl_optim_clip(dl_optim *o, double norm, double value);

/* The 2-norm of all present gradients together, in double; NaN on failure. */
DL_API double dl_optim_grad_norm(dl_optim *o);

/* One update of every parameter that is tracked and has a gradient; the others are skipped. While
 * an error stands nothing happens, so a failed forward or backward never changes weights. No
 * gradient at all is DL_ESTATE. The gradients stay: dl_module_zero_grad before the next backward. */
DL_API dl_status dl_optim_step(dl_optim *o);

/* Steps taken. */
DL_API int64_t dl_optim_steps(const dl_optim *o);

/* The rate of the next step: base rate times schedule. NaN for NULL. */
DL_API double dl_optim_lr(const dl_optim *o);
/* Sets the base rate, >= 0 and finite. */
DL_API dl_status dl_optim_set_lr(dl_optim *o, double lr);
/* The base rate follows s from the next step on, counted from the optimizer's first; adopts s, also
 * when it fails; NULL: constant. */
DL_API dl_status dl_optim_set_sched(dl_optim *o, dl_sched *s);

/* All gradients as one flat tensor, in the order of parameters and of their memory: borrowed, lives
 * as long as the optimizer. What belongs to an absent gradient is undefined. NULL when parameters
 * have different element types (DL_EUNSUPPORTED). */
DL_API dl_tensor *dl_optim_flat(dl_optim *o);

/* ---- schedules: a factor on the base rate for each step, counted from 0 ---------------------------- */

/* 1. */
DL_API dl_sched *dl_sched_constant(dl_ctx *ctx);
/* factor^(step / every), the quotient rounded down; every >= 1, factor > 0. */
DL_API dl_sched *dl_sched_step(dl_ctx *ctx, int64_t every, double factor);
/* (step + 1) / warmup for the first warmup steps, then floor + (1 - floor) (1 + cos(pi p)) / 2 with p
 * from 0 to 1 over the steps that remain; floor from step steps on. 0 <= warmup <= steps, steps >= 1,
 * floor in [0, 1]. Loshchilov and Hutter, ICLR 2017. */
DL_API dl_sched *dl_sched_cosine(dl_ctx *ctx, int64_t warmup, int64_t steps, double floor);
/* The factor of s at a step; NaN for NULL or a negative step. */
DL_API double dl_sched_factor(const dl_sched *s, int64_t step);
DL_API void dl_sched_drop(dl_sched *s); /* any thread */

#ifdef __cplusplus
}
#endif
#endif
