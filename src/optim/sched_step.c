/* The rate falls by a factor at regular intervals. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/sched.h"

typedef struct settings {
    int64_t every;
    double factor;
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    return dl__pow(o->factor, (double)(step / o->every));
}

dl_sched *dl_sched_step(dl_ctx *ctx, int64_t every, double factor)
{
    static const dl__sched_class cls = {.factor = factor_at};
    if (!dl__ok(ctx))
        return NULL;
    if (every < 1 || !(factor > 0) || isinf(factor)) {
        char a[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "sched_step: every is %lld and factor %s, wanted at least 1 and a finite number "
                "above 0",
                (long long)every, dl__double_text(a, factor));
        return NULL;
    }
    const settings o = {every, factor};
    return dl__sched_new(ctx, &cls, &o, sizeof o, 0);
}
