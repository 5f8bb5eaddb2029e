/* Adam, with amsgrad and decoupled weight decay. */
#include <math.h>
#include "core/math.h"
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double beta1, beta2, eps;
} hyper;

/* c = 1 - b. */
DL__UPDATE2(adam, m, v, (b1, c1, b2, c2, rate, root, eps, keep), {
    m = k.b1 * m + k.c1 * g;
    v = k.b2 * v + k.c2 * (g * g);
    w = k.keep * w - k.rate * (m / (DL__SQRT(v) / k.root + k.eps));
})

DL__UPDATE3(amsgrad, m, v, top, (b1, c1, b2, c2, rate, root, eps, keep), {
    m = k.b1 * m + k.c1 * g;
    v = k.b2 * v + k.c2 * (g * g);
    top = DL__MAX(v, top);
    w = k.keep * w - k.rate * (m / (DL__SQRT(top) / k.root + k.eps));
})

static adam_args numbers(const dl_update *u)
{
    const hyper *h = u->hyper;
    const double beta1 = isnan(u->momentum) ? h->beta1 : u->momentum;
    return (adam_args){.b1 = beta1,
                       .c1 = 1 - beta1,
                       .b2 = h->beta2,
                       .c2 = 1 - h->beta2,
                       .rate = u->lr / (1 - dl__pow(beta1, (double)u->step)),
                       .root = sqrt(1 - dl__pow(h->beta2, (double)u->step)),
                       .eps = h->eps,
                       .keep = 1 - u->lr * u->weight_decay};
}

static void update_adam(const dl_update *u)
{
    const adam_args a = numbers(u);
    adam(u, &a);
}

static void update_amsgrad(const dl_update *u)
{
    const adam_args a = numbers(u);
    amsgrad(u, &(amsgrad_args){a.b1, a.c1, a.b2, a.c2, a.rate, a.root, a.eps, a.keep});
}

#define CLASS(slots_, decouples_, update_)                                                         \
    {                                                                                              \
        .name = "adam", .hyper_size = sizeof(hyper), .slots = slots_, .decouples = decouples_,     \
        .takes_momentum = 1, .update = update_                                                     \
    }
/* Without and with decoupled decay, and amsgrad. */
static const dl_optim_class classes[2][2] = {
    {CLASS(2, 0, update_adam), CLASS(3, 0, update_amsgrad)},
    {CLASS(2, 1, update_adam), CLASS(3, 1, update_amsgrad)}};

dl_optim *dl__optim_adam(dl_module *m, const char *who, const dl_adam_opts *opts)
{
    static const dl_adam_opts defaults;
    const dl_adam_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->beta1, 0.9), dl__option(o->beta2, 0.999),
                     dl__option(o->eps, 1e-8)};
    if (dl__option_range(ctx, who, "beta1", h.beta1, 1) != DL_OK ||
        dl__option_range(ctx, who, "beta2", h.beta2, 1) != DL_OK ||
        dl__option_range(ctx, who, "eps", h.eps, INFINITY) != DL_OK ||
        dl__option_flag(ctx, who, "decoupled", o->decoupled) != DL_OK ||
        dl__option_flag(ctx, who, "amsgrad", o->amsgrad) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &classes[o->decoupled == 1][o->amsgrad == 1], &h,
                        dl__option(o->lr, 0.001), dl__option(o->weight_decay, 0));
}

dl_optim *dl_optim_adam(dl_module *m, const dl_adam_opts *opts)
{
    return dl__optim_adam(m, "optim_adam", opts);
}
