/* A power of what is left of the steps, down to a floor. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/sched.h"

typedef struct settings {
    int64_t steps;
    double power, floor;
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    if (step >= o->steps)
        return o->floor;
    const double left = (double)(o->steps - step) / (double)o->steps;
    return o->floor + (1 - o->floor) * dl__pow(left, o->power);
}

dl_sched *dl_sched_polynomial(dl_ctx *ctx, int64_t steps, double power, double floor)
{
    static const dl__sched_class cls = {.factor = factor_at};
    if (!dl__ok(ctx))
        return NULL;
    if (steps < 1 || !(power > 0) || isinf(power) || !(floor >= 0 && floor <= 1)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "sched_polynomial: steps is %lld, power %s, floor %s; wanted 1 <= steps, a finite "
                "power above 0 and a floor in [0, 1]",
                (long long)steps, dl__double_text(a, power), dl__double_text(b, floor));
        return NULL;
    }
    const settings o = {steps, power, floor};
    return dl__sched_new(ctx, &cls, &o, sizeof o, 0);
}
