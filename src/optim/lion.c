/* Lion: the sign of a momentum. */
#include "optim/optim.h"
#include "optim/update.h"

typedef struct hyper {
    double beta1, beta2;
} hyper;

/* c = 1 - b. A NaN passes, the sign of zero is zero. */
DL__UPDATE1(lion, m, (b1, c1, b2, c2, rate, keep), {
    const real d = k.b1 * m + k.c1 * g;
    m = k.b2 * m + k.c2 * g;
    const real one = DL__COPYSIGN((real)1, d);
    w = k.keep * w - k.rate * (d == 0 || d != d ? d : one);
})

static void update(const dl_update *u)
{
    const hyper *h = u->hyper;
    lion(u, &(lion_args){.b1 = h->beta1,
                         .c1 = 1 - h->beta1,
                         .b2 = h->beta2,
                         .c2 = 1 - h->beta2,
                         .rate = u->lr,
                         .keep = 1 - u->lr * u->weight_decay});
}

static const dl_optim_class class = {
    .name = "lion", .hyper_size = sizeof(hyper), .slots = 1, .decouples = 1, .update = update};

dl_optim *dl_optim_lion(dl_module *m, const dl_lion_opts *opts)
{
    static const dl_lion_opts defaults;
    static const char who[] = "optim_lion";
    const dl_lion_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->beta1, 0.9), dl__option(o->beta2, 0.99)};
    if (dl__option_range(ctx, who, "beta1", h.beta1, 1) != DL_OK ||
        dl__option_range(ctx, who, "beta2", h.beta2, 1) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &class, &h, dl__option(o->lr, 1e-4), dl__option(o->weight_decay, 0));
}
