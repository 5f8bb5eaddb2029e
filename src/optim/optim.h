/* What an optimizer is made of. Every class shares this; a class only says how to update a stretch
 * of one parameter. */
#ifndef DL_OPTIM_OPTIM_H
#define DL_OPTIM_OPTIM_H
#include "dl/ext.h"
#include "dl/optim.h"
#include "tensor/tensor.h"

/* One parameter. */
typedef struct dl__slice {
    dl_tensor *param; /* kept */
    dl_tensor **slot; /* state, shaped and laid out as param; kept */
    int64_t n;        /* elements */
    int64_t steps;    /* updates it has had */
    double lr_scale, weight_decay;
} dl__slice;

struct dl_optim {
    dl__object base;
    dl_module *module; /* kept */
    const dl_optim_class *cls;
    void *hyper;
    double lr, weight_decay, clip_norm, clip_value;
    int64_t steps;
    dl_sched *sched;
    dl_tensor *flat[2]; /* gradients of f32 and of f64 parameters; NULL: there are none */
    dl__slice *slice;
    int32_t n;
};

struct dl_sched {
    dl__object base;
    double (*factor)(const dl_sched *s, int64_t step);
    int64_t warmup, steps;
    double value;
};

/* A schedule, the caller's, to fill in. */
dl_sched *dl__sched_new(dl_ctx *ctx, double (*factor)(const dl_sched *, int64_t));

/* The 2-norm over the optimizer's present gradients, after clipping of elements to clip_value (0:
 * none); only_param >= 0: of that parameter alone. Index order, fixed blocks. */
double dl__grad_norm(const dl_optim *o, int32_t only_param, double clip_value);
/* The gradient of parameter i if it is to be updated, else NULL. */
dl_tensor *dl__optim_grad(const dl_optim *o, int32_t i);

/* An option: 0 is the default, DL_OFF is zero. */
static inline double dl__option(double value, double standard)
{
    return value == 0 ? standard : value == DL_OFF ? 0 : value;
}
#endif
