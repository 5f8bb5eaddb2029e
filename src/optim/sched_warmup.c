/* A straight line up to the rate, then another schedule. */
#include "core/text.h"
#include "optim/sched.h"

typedef struct settings {
    int64_t steps;
    double start;
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    if (step < o->steps)
        return o->start + (1 - o->start) * ((double)step / (double)o->steps);
    return dl__sched_at(s->child[0], step - o->steps);
}

/* The one that it begins with stands during the warm-up. */
static double momentum_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    return dl__sched_momentum_at(s->child[0], step < o->steps ? 0 : step - o->steps);
}

dl_sched *dl_sched_warmup(dl_ctx *ctx, int64_t steps, double start, dl_sched *then)
{
    static const dl__sched_class cls = {.factor = factor_at, .momentum = momentum_at};
    if (dl__ok(ctx) && (steps < 0 || !(start >= 0 && start <= 1))) {
        char a[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "sched_warmup: steps is %lld, start %s; wanted 0 <= steps and a start in [0, 1]",
                (long long)steps, dl__double_text(a, start));
    }
    if (!then)
        then = dl_sched_constant(ctx);
    const settings o = {steps, start};
    return dl__sched_of(ctx, "sched_warmup", &cls, &then, 1, &o, sizeof o, 0);
}
