/* Adam, with amsgrad and decoupled weight decay. */
#include <math.h>
#include "core/isa.h"
#include "core/math.h"
#include "optim/optim.h"

typedef struct hyper {
    double beta1, beta2, eps;
    int32_t amsgrad;
} hyper;

/* What an update needs besides arrays. */
typedef struct coefs {
    double b1, c1, b2, c2; /* c = 1 - b */
    double rate, root, eps, keep;
} coefs;

/* One element; second is what stands under the root. */
#define ELEMENTS(second)                                                                           \
    for (int64_t i = 0; i < u->n; i++) {                                                           \
        m[i] = b1 * m[i] + c1 * g[i];                                                              \
        v[i] = b2 * v[i] + c2 * (g[i] * g[i]);                                                     \
        w[i] = keep * w[i] - rate * (m[i] / (DL__SQRT(second) / root + eps));                      \
    }

#define UPDATE_(isa, target, real, tag)                                                            \
    target static void update_##tag##_##isa(const dl_update *u, const coefs *c)                    \
    {                                                                                              \
        const real b1 = (real)c->b1, c1 = (real)c->c1, b2 = (real)c->b2, c2 = (real)c->c2;         \
        const real rate = (real)c->rate, root = (real)c->root;                                     \
        const real eps = (real)c->eps, keep = (real)c->keep;                                       \
        const hyper *h = u->hyper;                                                                 \
        const real *restrict g = u->g;                                                             \
        real *restrict w = u->w, *restrict m = u->slot[0], *restrict v = u->slot[1];               \
        if (h->amsgrad) {                                                                          \
            real *restrict top = u->slot[2];                                                       \
            ELEMENTS((top[i] = DL__MAX(v[i], top[i])))                                             \
        } else {                                                                                   \
            ELEMENTS(v[i])                                                                         \
        }                                                                                          \
    }
DL__ISA_LIST(UPDATE_, float, f32)
DL__ISA_LIST(UPDATE_, double, f64)

typedef void (*kernel)(const dl_update *u, const coefs *c);
#define NAME_(isa, target, tag) update_##tag##_##isa,
static const kernel kernel_of[2][DL__ISAS] = {{DL__ISA_LIST(NAME_, f32)},
                                              {DL__ISA_LIST(NAME_, f64)}};

static void update(const dl_update *u)
{
    const hyper *h = u->hyper;
    const double left1 = 1 - dl__pow(h->beta1, (double)u->step);
    const double left2 = 1 - dl__pow(h->beta2, (double)u->step);
    const coefs c = {.b1 = h->beta1,
                     .c1 = 1 - h->beta1,
                     .b2 = h->beta2,
                     .c2 = 1 - h->beta2,
                     .rate = u->lr / left1,
                     .root = sqrt(left2),
                     .eps = h->eps,
                     .keep = 1 - u->lr * u->weight_decay};
    kernel_of[u->dtype == DL_F64][dl__isa()](u, &c);
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
    static const char who[] = "optim_adam";
    const dl_adam_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    const hyper h = {dl__option(o->beta1, 0.9), dl__option(o->beta2, 0.999),
                     dl__option(o->eps, 1e-8), o->amsgrad == 1};
    if (dl__option_range(ctx, who, "beta1", h.beta1, 1) != DL_OK ||
        dl__option_range(ctx, who, "beta2", h.beta2, 1) != DL_OK ||
        dl__option_range(ctx, who, "eps", h.eps, INFINITY) != DL_OK ||
        dl__option_flag(ctx, who, "decoupled", o->decoupled) != DL_OK ||
        dl__option_flag(ctx, who, "amsgrad", o->amsgrad) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    return dl_optim_new(m, &classes[o->decoupled == 1][h.amsgrad], &h, dl__option(o->lr, 0.001),
                        dl__option(o->weight_decay, 0));
}
