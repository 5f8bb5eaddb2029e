/* Adagrad: the rate of each weight falls with the sum of its squared gradients. */
#include <math.h>
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double lr_decay, initial, inside, outside; /* eps under the root, or beside it */
} hyper;

DL__UPDATE1(adagrad, v, (rate, inside, outside), {
    v += g * g;
    w -= k.rate * g / (DL__SQRT(v + k.inside) + k.outside);
})

static void update(const dl_update *u)
{
    const hyper *h = u->hyper;
    const double rate = u->lr / (1 + (double)(u->step - 1) * h->lr_decay);
    adagrad(u, &(adagrad_args){.rate = rate, .inside = h->inside, .outside = h->outside});
}

static double first(const void *hyper_, int32_t slot)
{
    const hyper *h = hyper_;
    (void)slot;
    return h->initial;
}

static const dl_optim_class class = {
    .name = "adagrad", .hyper_size = sizeof(hyper), .slots = 1, .update = update, .first = first};

dl_optim *dl_optim_adagrad(dl_module *m, const dl_adagrad_opts *opts)
{
    static const dl_adagrad_opts defaults;
    static const char who[] = "optim_adagrad";
    const dl_adagrad_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const double eps = dl__option(o->eps, 1e-10);
    const int inside = o->eps_inside == 1;
    const hyper h = {.lr_decay = dl__option(o->lr_decay, 0),
                     .initial = dl__option(o->initial, 0),
                     .inside = inside ? eps : 0,
                     .outside = inside ? 0 : eps};
    if (dl__option_range(ctx, who, "lr_decay", h.lr_decay, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "initial", h.initial, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "eps", eps, INFINITY) != DL_OK ||
        dl__option_flag(ctx, who, "eps_inside", o->eps_inside) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &class, &h, dl__option(o->lr, 0.01), dl__option(o->weight_decay, 0));
}
