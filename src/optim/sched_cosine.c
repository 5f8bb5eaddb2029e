/* Linear warm-up, then half a cosine down to a floor. */
#include "core/math.h"
#include "core/text.h"
#include "optim/sched.h"

typedef struct settings {
    int64_t warmup, steps;
    double floor;
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    static const double pi = 3.14159265358979323846;
    const settings *o = s->settings;
    if (step < o->warmup)
        return (double)(step + 1) / (double)o->warmup;
    if (step >= o->steps)
        return o->floor;
    double p = (double)(step - o->warmup) / (double)(o->steps - o->warmup);
    return o->floor + (1 - o->floor) * 0.5 * (1 + dl__cos(pi * p));
}

dl_sched *dl_sched_cosine(dl_ctx *ctx, int64_t warmup, int64_t steps, double floor)
{
    static const dl__sched_class cls = {.factor = factor_at};
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
    const settings o = {warmup, steps, floor};
    return dl__sched_new(ctx, &cls, &o, sizeof o, 0);
}
