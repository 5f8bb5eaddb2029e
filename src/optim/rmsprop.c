/* RMSProp, with momentum and centered. */
#include <math.h>
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double alpha, momentum, inside, outside; /* eps under the root, or beside it */
} hyper;

/* The root mean square of the gradient. */
#define ROOT(mean) (DL__SQRT((mean) + k.inside) + k.outside)
/* Rounding must not make a variance negative. */
#define VARIANCE() DL__MAX(v - a * a, 0)

/* c = 1 - alpha; v, a: averages of g^2 and g; b: the velocity. */
DL__UPDATE1(plain, v, (alpha, c, mu, rate, inside, outside), {
    v = k.alpha * v + k.c * (g * g);
    w -= k.rate * g / ROOT(v);
})

DL__UPDATE2(momentum, v, b, (alpha, c, mu, rate, inside, outside), {
    v = k.alpha * v + k.c * (g * g);
    b = k.mu * b + g / ROOT(v);
    w -= k.rate * b;
})

DL__UPDATE2(centered, v, a, (alpha, c, mu, rate, inside, outside), {
    v = k.alpha * v + k.c * (g * g);
    a += k.c * (g - a);
    w -= k.rate * g / ROOT(VARIANCE());
})

DL__UPDATE3(centered_momentum, v, a, b, (alpha, c, mu, rate, inside, outside), {
    v = k.alpha * v + k.c * (g * g);
    a += k.c * (g - a);
    b = k.mu * b + g / ROOT(VARIANCE());
    w -= k.rate * b;
})

#define UPDATE(rule)                                                                               \
    static void update_##rule(const dl_update *u)                                                  \
    {                                                                                              \
        const hyper *h = u->hyper;                                                                 \
        rule(u, &(rule##_args){.alpha = h->alpha,                                                  \
                               .c = 1 - h->alpha,                                                  \
                               .mu = isnan(u->momentum) ? h->momentum : u->momentum,               \
                               .rate = u->lr,                                                      \
                               .inside = h->inside,                                                \
                               .outside = h->outside});                                            \
    }
UPDATE(plain)
UPDATE(momentum)
UPDATE(centered)
UPDATE(centered_momentum)

#define CLASS(name_, slots_, rule, takes_)                                                         \
    {                                                                                              \
        .name = name_, .hyper_size = sizeof(hyper), .slots = slots_, .takes_momentum = takes_,     \
        .update = update_##rule                                                                    \
    }
/* Not centered, centered; without and with momentum. Checkpoints tell them apart by their names:
 * the state of one is not that of another, though there may be as much of it. */
static const dl_optim_class classes[2][2] = {
    {CLASS("rmsprop", 1, plain, 0), CLASS("rmsprop", 2, momentum, 1)},
    {CLASS("rmsprop_centered", 2, centered, 0),
     CLASS("rmsprop_centered", 3, centered_momentum, 1)}};

dl_optim *dl_optim_rmsprop(dl_module *m, const dl_rmsprop_opts *opts)
{
    static const dl_rmsprop_opts defaults;
    static const char who[] = "optim_rmsprop";
    const dl_rmsprop_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const double eps = dl__option(o->eps, 1e-8);
    const int inside = o->eps_inside == 1;
    const hyper h = {.alpha = dl__option(o->alpha, 0.99),
                     .momentum = dl__option(o->momentum, 0),
                     .inside = inside ? eps : 0,
                     .outside = inside ? 0 : eps};
    if (dl__option_range(ctx, who, "alpha", h.alpha, 1) != DL_OK ||
        dl__option_range(ctx, who, "eps", eps, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "momentum", h.momentum, 1) != DL_OK ||
        dl__option_flag(ctx, who, "centered", o->centered) != DL_OK ||
        dl__option_flag(ctx, who, "eps_inside", o->eps_inside) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &classes[o->centered == 1][h.momentum > 0], &h, dl__option(o->lr, 0.01),
                        dl__option(o->weight_decay, 0));
}
