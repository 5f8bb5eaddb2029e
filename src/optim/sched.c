/* Learning-rate schedules: a factor for each step. */
#include <math.h>
#include "core/parallel.h"
#include "optim/optim.h"

dl_sched *dl__sched_new(dl_ctx *ctx, double (*factor)(const dl_sched *, int64_t))
{
    dl_sched *s = dl__ok(ctx) ? dl__object_new(ctx, sizeof *s, NULL) : NULL;
    if (s)
        s->factor = factor;
    return s;
}

dl_sched *dl_sched_keep(dl_sched *s)
{
    return dl__object_keep(s);
}

void dl_sched_drop(dl_sched *s)
{
    dl__object_drop(s);
}

double dl_sched_factor(const dl_sched *s, int64_t step)
{
    if (!s || step < 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double factor = s->factor(s, step);
    dl__fpmode_leave(host);
    return factor;
}

static double constant(const dl_sched *s, int64_t step)
{
    (void)s;
    (void)step;
    return 1;
}

dl_sched *dl_sched_constant(dl_ctx *ctx)
{
    return dl__sched_new(ctx, constant);
}
