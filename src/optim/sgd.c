/* Stochastic gradient descent with momentum. */
#include "core/text.h"
#include "optim/optim.h"

typedef struct hyper {
    double momentum, dampening;
    int32_t nesterov;
} hyper;

/* The velocity is zero before a parameter's first step, so its first value is the gradient. */
#define UPDATE(tag, real)                                                                          \
    static void plain_##tag(const dl_update *u)                                                    \
    {                                                                                              \
        const real rate = (real)u->lr;                                                             \
        const real *restrict g = u->g;                                                             \
        real *restrict w = u->w;                                                                   \
        for (int64_t i = 0; i < u->n; i++)                                                         \
            w[i] -= rate * g[i];                                                                   \
    }                                                                                              \
    static void momentum_##tag(const dl_update *u)                                                 \
    {                                                                                              \
        const hyper *h = u->hyper;                                                                 \
        const real rate = (real)u->lr, mu = (real)h->momentum;                                     \
        const real fresh = u->step == 1 ? 1 : (real)(1 - h->dampening);                            \
        const real *restrict g = u->g;                                                             \
        real *restrict w = u->w, *restrict v = u->slot[0];                                         \
        if (h->nesterov) {                                                                         \
            for (int64_t i = 0; i < u->n; i++) {                                                   \
                v[i] = mu * v[i] + fresh * g[i];                                                   \
                w[i] -= rate * (g[i] + mu * v[i]);                                                 \
            }                                                                                      \
        } else {                                                                                   \
            for (int64_t i = 0; i < u->n; i++) {                                                   \
                v[i] = mu * v[i] + fresh * g[i];                                                   \
                w[i] -= rate * v[i];                                                               \
            }                                                                                      \
        }                                                                                          \
    }
UPDATE(f32, float)
UPDATE(f64, double)

static void update_plain(const dl_update *u)
{
    (u->dtype == DL_F64 ? plain_f64 : plain_f32)(u);
}

static void update_momentum(const dl_update *u)
{
    (u->dtype == DL_F64 ? momentum_f64 : momentum_f32)(u);
}

static const dl_optim_class plain_class = {.name = "sgd", .update = update_plain};
static const dl_optim_class momentum_class = {
    .name = "sgd", .hyper_size = sizeof(hyper), .slots = 1, .update = update_momentum};

dl_optim *dl_optim_sgd(dl_module *m, const dl_sgd_opts *opts)
{
    static const dl_sgd_opts defaults;
    static const char who[] = "optim_sgd";
    const dl_sgd_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->momentum, 0), dl__option(o->dampening, 0), o->nesterov == 1};
    if (dl__option_range(ctx, who, "momentum", h.momentum, 1) != DL_OK ||
        dl__option_range(ctx, who, "dampening", h.dampening, 1) != DL_OK ||
        dl__option_flag(ctx, who, "nesterov", o->nesterov) != DL_OK ||
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
