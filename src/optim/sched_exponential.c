/* The rate falls by a factor at every step. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/sched.h"

static double factor_at(const dl_sched *s, int64_t step)
{
    const double *factor = s->settings;
    return dl__pow(*factor, (double)step);
}

dl_sched *dl_sched_exponential(dl_ctx *ctx, double factor)
{
    static const dl__sched_class cls = {.factor = factor_at};
    if (!dl__ok(ctx))
        return NULL;
    if (!(factor > 0) || isinf(factor)) {
        char a[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL, "sched_exponential: factor is %s, wanted a finite number above 0",
                dl__double_text(a, factor));
        return NULL;
    }
    return dl__sched_new(ctx, &cls, &factor, sizeof factor, 0);
}
