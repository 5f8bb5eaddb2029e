/* NAdam: Adam with Nesterov's momentum, which warms up. */
#include <math.h>
#include "core/math.h"
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double beta1, beta2, eps, momentum_decay;
} hyper;

/* c = 1 - b; fresh, old: the parts of the gradient and of the momentum in the step. */
DL__UPDATE2(nadam, m, v, (c1, b2, c2, fresh, old, left, eps, keep), {
    m += k.c1 * (g - m);
    v = k.b2 * v + k.c2 * (g * g);
    const real d = DL__SQRT(v / k.left) + k.eps;
    w = k.keep * w - k.fresh * g / d - k.old * m / d;
})

/* The momentum of a step. */
static double mu(const hyper *h, int64_t step)
{
    return h->beta1 * (1 - 0.5 * dl__pow(0.96, (double)step * h->momentum_decay));
}

/* The product of the momenta of steps 1 to step, where 1 minus it is not 1: it is at most beta1 to
 * the power of step, so that after a few hundred steps, or thousands, nothing needs to be done. */
static double product(const void *hyper_, int64_t step)
{
    const hyper *h = hyper_;
    static const double least = 0x1p-60;
    if (dl__pow(h->beta1, (double)step) < least)
        return 0;
    double all = 1;
    for (int64_t i = 1; i <= step && all >= least; i++)
        all *= mu(h, i);
    return all;
}

static void update(const dl_update *u)
{
    const hyper *h = u->hyper;
    const double now = mu(h, u->step), next = mu(h, u->step + 1);
    nadam(u, &(nadam_args){.c1 = 1 - h->beta1,
                           .b2 = h->beta2,
                           .c2 = 1 - h->beta2,
                           .fresh = u->lr * (1 - now) / (1 - u->scalar),
                           .old = u->lr * next / (1 - u->scalar * next),
                           .left = 1 - dl__pow(h->beta2, (double)u->step),
                           .eps = h->eps,
                           .keep = 1 - u->lr * u->weight_decay});
}

#define CLASS(decouples_)                                                                          \
    {                                                                                              \
        .name = "nadam", .hyper_size = sizeof(hyper), .slots = 2, .decouples = decouples_,         \
        .update = update, .scalar = product                                                        \
    }
static const dl_optim_class classes[2] = {CLASS(0), CLASS(1)};

dl_optim *dl_optim_nadam(dl_module *m, const dl_nadam_opts *opts)
{
    static const dl_nadam_opts defaults;
    static const char who[] = "optim_nadam";
    const dl_nadam_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->beta1, 0.9), dl__option(o->beta2, 0.999),
                     dl__option(o->eps, 1e-8), dl__option(o->momentum_decay, 0.004)};
    if (dl__option_range(ctx, who, "beta1", h.beta1, 1) != DL_OK ||
        dl__option_range(ctx, who, "beta2", h.beta2, 1) != DL_OK ||
        dl__option_range(ctx, who, "eps", h.eps, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "momentum_decay", h.momentum_decay, INFINITY) != DL_OK ||
        dl__option_flag(ctx, who, "decoupled", o->decoupled) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &classes[o->decoupled == 1], &h, dl__option(o->lr, 0.002),
                        dl__option(o->weight_decay, 0));
}
