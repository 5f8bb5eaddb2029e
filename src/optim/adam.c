/* Adam, with amsgrad and decoupled weight decay. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/optim.h"

typedef struct hyper {
    double beta1, beta2, eps;
    int32_t amsgrad;
} hyper;

#define UPDATE(name, real, root)                                                                   \
    static void name(const dl_update *u)                                                           \
    {                                                                                              \
        const hyper *h = u->hyper;                                                                 \
        const double left1 = 1 - dl__pow(h->beta1, (double)u->step);                               \
        const double left2 = 1 - dl__pow(h->beta2, (double)u->step);                               \
        const real b1 = (real)h->beta1, b2 = (real)h->beta2, eps = (real)h->eps;                   \
        const real c1 = (real)(1 - h->beta1), c2 = (real)(1 - h->beta2);                           \
        const real rate = (real)(u->lr / left1), norm = (real)sqrt(left2);                         \
        const real keep = (real)(1 - u->lr * u->weight_decay);                                     \
        real *w = u->w, *m = u->slot[0], *v = u->slot[1], *top = h->amsgrad ? u->slot[2] : NULL;   \
        const real *g = u->g;                                                                      \
        for (int64_t i = 0; i < u->n; i++) {                                                       \
            m[i] = b1 * m[i] + c1 * g[i];                                                          \
            v[i] = b2 * v[i] + c2 * (g[i] * g[i]);                                                 \
            real second = v[i];                                                                    \
            if (top)                                                                               \
                second = top[i] = v[i] > top[i] || v[i] != v[i] ? v[i] : top[i];                   \
            w[i] = keep * w[i] - rate * (m[i] / (root(second) / norm + eps));                      \
        }                                                                                          \
    }
UPDATE(update_f32, float, sqrtf)
UPDATE(update_f64, double, sqrt)

static void update(const dl_update *u)
{
    (u->dtype == DL_F64 ? update_f64 : update_f32)(u);
}

/* Without and with decoupled decay, two slots or three. */
static const dl_optim_class classes[2][2] = {
    {{.name = "adam", .hyper_size = sizeof(hyper), .slots = 2, .update = update},
     {.name = "adam", .hyper_size = sizeof(hyper), .slots = 3, .update = update}},
    {{.name = "adam", .hyper_size = sizeof(hyper), .slots = 2, .decouples = 1, .update = update},
     {.name = "adam", .hyper_size = sizeof(hyper), .slots = 3, .decouples = 1, .update = update}}};

dl_optim *dl_optim_adam(dl_module *m, const dl_adam_opts *opts)
{
    static const dl_adam_opts defaults;
    const dl_adam_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    hyper h = {dl__option(o->beta1, 0.9), dl__option(o->beta2, 0.999), dl__option(o->eps, 1e-8),
               o->amsgrad == 1};
    if (!(h.beta1 >= 0 && h.beta1 < 1 && h.beta2 >= 0 && h.beta2 < 1 && h.eps >= 0)) {
        char a[DL__NUMBER], b[DL__NUMBER], c[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "optim_adam: beta1 is %s, beta2 %s, eps %s; they want [0, 1), [0, 1) "
                "and not negative",
                dl__double_text(a, h.beta1), dl__double_text(b, h.beta2),
                dl__double_text(c, h.eps));
        return NULL;
    }
    return dl_optim_new(m, &classes[o->decoupled == 1][h.amsgrad], &h, dl__option(o->lr, 0.001),
                        dl__option(o->weight_decay, 0));
}
