/* A schedule that a function of the caller's gives. */
#include <math.h>
#include "dl/ext.h"
#include "optim/sched.h"

typedef struct settings {
    int32_t (*fn)(int64_t step, double *factor, void *user);
    void *user;
    void (*release)(void *user);
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    double factor = NAN;
    const int32_t code = o->fn(step, &factor, o->user);
    if (code == 0)
        return factor;
    dl_fail(s->base.ctx, DL_EUSER, "sched_function: the function returned %d at step %lld",
            (int)code, (long long)step);
    return NAN;
}

static void end(const void *of)
{
    const settings *o = of;
    if (o->release)
        o->release(o->user);
}

dl_sched *dl_sched_function(dl_ctx *ctx, int32_t (*fn)(int64_t step, double *factor, void *user),
                            void *user, void (*release)(void *user))
{
    static const dl__sched_class cls = {.factor = factor_at, .end = end};
    const settings o = {fn, user, release};
    dl_sched *s = NULL;
    if (dl__ok(ctx) && !fn)
        dl_fail(ctx, DL_EINVAL, "sched_function: the function is NULL");
    if (dl__ok(ctx))
        s = dl__sched_new(ctx, &cls, &o, sizeof o, 0);
    if (!s)
        end(&o);
    return s;
}
