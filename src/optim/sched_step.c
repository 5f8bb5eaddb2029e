/* The rate falls by a factor at regular intervals. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/optim.h"

static double factor_at(const dl_sched *s, int64_t step)
{
    return dl__pow(s->value, (double)(step / s->steps));
}

dl_sched *dl_sched_step(dl_ctx *ctx, int64_t every, double factor)
{
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
    dl_sched *s = dl__sched_new(ctx, factor_at);
    if (s) {
        s->steps = every;
        s->value = factor;
    }
    return s;
}
