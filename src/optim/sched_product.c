/* Schedules on top of each other. */
#include <math.h>
#include "optim/sched.h"

static double factor_at(const dl_sched *s, int64_t step)
{
    double factor = 1;
    for (int32_t i = 0; i < s->n_child; i++)
        factor *= dl__sched_at(s->child[i], step);
    return factor;
}

/* That of the first which says one. */
static double momentum_at(const dl_sched *s, int64_t step)
{
    double momentum = NAN;
    for (int32_t i = 0; isnan(momentum) && i < s->n_child; i++)
        momentum = dl__sched_momentum_at(s->child[i], step);
    return momentum;
}

dl_sched *dl_sched_product(dl_ctx *ctx, dl_sched *const *list, int32_t n)
{
    static const dl__sched_class cls = {.factor = factor_at, .momentum = momentum_at};
    return dl__sched_of(ctx, "sched_product", &cls, list, n, NULL, 0, 0);
}
