/* Adadelta: steps measured by those before, so that there is no rate to choose. */
#include <math.h>
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double rho, eps;
} hyper;

/* c = 1 - rho; v, s: averages of the squares of gradients and of steps. */
DL__UPDATE2(adadelta, v, s, (rho, c, eps, rate), {
    v = k.rho * v + k.c * (g * g);
    const real d = DL__SQRT(s + k.eps) / DL__SQRT(v + k.eps) * g;
    s = k.rho * s + k.c * (d * d);
    w -= k.rate * d;
})

static void update(const dl_update *u)
{
    const hyper *h = u->hyper;
    adadelta(u, &(adadelta_args){.rho = h->rho, .c = 1 - h->rho, .eps = h->eps, .rate = u->lr});
}

static const dl_optim_class class = {
    .name = "adadelta", .hyper_size = sizeof(hyper), .slots = 2, .update = update};

dl_optim *dl_optim_adadelta(dl_module *m, const dl_adadelta_opts *opts)
{
    static const dl_adadelta_opts defaults;
    static const char who[] = "optim_adadelta";
    const dl_adadelta_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->rho, 0.9), dl__option(o->eps, 1e-6)};
    if (dl__option_range(ctx, who, "rho", h.rho, 1) != DL_OK ||
        dl__option_range(ctx, who, "eps", h.eps, INFINITY) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &class, &h, dl__option(o->lr, 1), dl__option(o->weight_decay, 0));
}
