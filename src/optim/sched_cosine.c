/* Linear warm-up, then half a cosine down to a floor. */
#include "core/math.h"
#include "core/text.h"
#include "optim/optim.h"

static double factor_at(const dl_sched *s, int64_t step)
{
    static const double pi = 3.14159265358979323846;
    if (step < s->warmup)
        return (double)(step + 1) / (double)s->warmup;
    if (step >= s->steps)
        return s->value;
    double p = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
    return s->value + (1 - s->value) * 0.5 * (1 + dl__cos(pi * p));
}

dl_sched *dl_sched_cosine(dl_ctx *ctx, int64_t warmup, int64_t steps, double floor)
{
    if (!dl__ok(ctx))
        return NULL;
    if (warmup < 0 || steps < 1 || warmup > steps || !(floor >= 0 && floor <= 1)) {
        char a[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "sched_cosine: warmup is %lld, steps %lld, floor %s; wanted 0 <= warmup <= steps, "
                "1 <= steps and a floor in [0, 1]",
                (long long)warmup, (long long)steps, dl__double_text(a, floor));
        return NULL;
    }
    dl_sched *s = dl__sched_new(ctx, factor_at);
    if (s) {
        s->warmup = warmup;
        s->steps = steps;
        s->value = floor;
    }
    return s;
}
