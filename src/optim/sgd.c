/* Stochastic gradient descent with momentum. */
#include <math.h>
#include "core/text.h"
#include "optim/optim.h"

typedef struct hyper {
    double momentum, dampening;
    int32_t nesterov;
} hyper;

#define UPDATE(name, real)                                                                         \
    static void name(const dl_update *u)                                                           \
    {                                                                                              \
        const hyper *h = u->hyper;                                                                 \
        const real lr = (real)u->lr, mu = (real)h->momentum;                                       \
        const real damp = u->step == 1 ? 1 : (real)(1 - h->dampening);                             \
        real *w = u->w, *v = h->momentum > 0 ? u->slot[0] : NULL;                                  \
        const real *g = u->g;                                                                      \
        for (int64_t i = 0; i < u->n; i++) {                                                       \
            real d = g[i];                                                                         \
            if (v) {                                                                               \
                v[i] = mu * v[i] + damp * d;                                                       \
                d = h->nesterov ? d + mu * v[i] : v[i];                                            \
            }                                                                                      \
            w[i] -= lr * d;                                                                        \
        }                                                                                          \
    }
UPDATE(update_f32, float)
UPDATE(update_f64, double)

static void update(const dl_update *u)
{
    (u->dtype == DL_F64 ? update_f64 : update_f32)(u);
}

static const dl_optim_class plain_class = {
    .name = "sgd", .hyper_size = sizeof(hyper), .update = update};
static const dl_optim_class momentum_class = {
    .name = "sgd", .hyper_size = sizeof(hyper), .slots = 1, .update = update};

dl_optim *dl_optim_sgd(dl_module *m, const dl_sgd_opts *opts)
{
    static const dl_sgd_opts defaults;
    const dl_sgd_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    hyper h = {dl__option(o->momentum, 0), dl__option(o->dampening, 0), o->nesterov == 1};
    char a[DL__NUMBER], b[DL__NUMBER];
    if (!(h.momentum >= 0 && h.momentum < 1) || !(fabs(h.dampening) <= 1)) {
        dl_fail(ctx, DL_EINVAL,
                "optim_sgd: momentum is %s and dampening %s, they want [0, 1) and "
                "[-1, 1]",
                dl__double_text(a, h.momentum), dl__double_text(b, h.dampening));
        return NULL;
    }
    if (h.nesterov && (h.momentum == 0 || h.dampening != 0)) {
        dl_fail(ctx, DL_EINVAL,
                "optim_sgd: nesterov wants momentum and no dampening, they are %s "
                "and %s",
                dl__double_text(a, h.momentum), dl__double_text(b, h.dampening));
        return NULL;
    }
    return dl_optim_new(m, h.momentum > 0 ? &momentum_class : &plain_class, &h,
                        dl__option(o->lr, 0.01), dl__option(o->weight_decay, 0));
}
