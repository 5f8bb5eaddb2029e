/* Stochastic gradient descent with momentum. */
#include <math.h>
#include "core/text.h"
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double momentum, dampening;
    int32_t nesterov, lr_in_velocity;
} hyper;

DL__UPDATE0(plain, (rate), { w -= k.rate * g; })

/* The velocity is zero before a parameter's first step, so its first value is the gradient. */
DL__UPDATE1(heavy, v, (mu, fresh, rate), {
    v = k.mu * v + k.fresh * g;
    w -= k.rate * v;
})

DL__UPDATE1(nesterov, v, (mu, fresh, rate, own), {
    v = k.mu * v + k.fresh * g;
    w -= k.rate * (k.own * g + k.mu * v);
})

static void update_plain(const dl_update *u)
{
    plain(u, &(plain_args){u->lr});
}

/* The rate stands either before the velocity or in it; the other place has 1. */
static void update_momentum(const dl_update *u)
{
    const hyper *h = u->hyper;
    const double inside = h->lr_in_velocity ? u->lr : 1, outside = h->lr_in_velocity ? 1 : u->lr;
    const double fresh = u->step == 1 ? 1 : 1 - h->dampening;
    const double mu = isnan(u->momentum) ? h->momentum : u->momentum;
    if (h->nesterov)
        nesterov(
            u, &(nesterov_args){.mu = mu, .fresh = inside * fresh, .rate = outside, .own = inside});
    else
        heavy(u, &(heavy_args){.mu = mu, .fresh = inside * fresh, .rate = outside});
}

static const dl_optim_class plain_class = {.name = "sgd", .update = update_plain};
static const dl_optim_class momentum_class = {.name = "sgd",
                                              .hyper_size = sizeof(hyper),
                                              .slots = 1,
                                              .takes_momentum = 1,
                                              .update = update_momentum};

dl_optim *dl_optim_sgd(dl_module *m, const dl_sgd_opts *opts)
{
    static const dl_sgd_opts defaults;
    static const char who[] = "optim_sgd";
    const dl_sgd_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->momentum, 0), dl__option(o->dampening, 0), o->nesterov == 1,
                     o->lr_in_velocity == 1};
    if (dl__option_range(ctx, who, "momentum", h.momentum, 1) != DL_OK ||
        dl__option_range(ctx, who, "dampening", h.dampening, 1) != DL_OK ||
        dl__option_flag(ctx, who, "nesterov", o->nesterov) != DL_OK ||
        dl__option_flag(ctx, who, "lr_in_velocity", o->lr_in_velocity) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    if (h.nesterov && (h.momentum == 0 || h.dampening != 0)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "%s: momentum is %s and dampening %s, nesterov wants momentum above 0 and no "
                "dampening",
                who, dl__double_text(a, h.momentum), dl__double_text(b, h.dampening));
        return NULL;
    }
    return dl_optim_new(m, h.momentum > 0 ? &momentum_class : &plain_class, &h,
                        dl__option(o->lr, 0.01), dl__option(o->weight_decay, 0));
}
