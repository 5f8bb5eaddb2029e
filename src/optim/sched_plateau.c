/* The rate falls when what is reported stops getting better. */
#include <math.h>
#include "core/text.h"
#include "optim/optim.h"

typedef struct settings {
    double factor, threshold, floor;
    double patience, cooldown; /* whole numbers */
    int32_t maximize;
} settings;

enum { FACTOR, BEST, BAD, COOLING, STATES };

static double factor_at(const dl_sched *s, int64_t step)
{
    (void)step;
    return s->state[FACTOR];
}

static int better(const settings *o, double metric, double best)
{
    return o->maximize ? metric > best * (1 + o->threshold) : metric < best * (1 - o->threshold);
}

/* In the order of PyTorch. A NaN is not better. */
static void report(dl_sched *s, double metric)
{
    const settings *o = s->settings;
    double *state = s->state;
    state[BAD] += 1;
    if (better(o, metric, state[BEST])) {
        state[BEST] = metric;
        state[BAD] = 0;
    }
    if (state[COOLING] > 0) {
        state[COOLING] -= 1;
        state[BAD] = 0;
    }
    if (state[BAD] > o->patience) {
        const double lower = state[FACTOR] * o->factor;
        state[FACTOR] = lower > o->floor ? lower : o->floor;
        state[COOLING] = o->cooldown;
        state[BAD] = 0;
    }
}

static dl_status check(dl_ctx *ctx, const char *who, const dl_plateau_opts *o, const settings *s)
{
    char a[DL__NUMBER];
    if (dl__option_range(ctx, who, "factor", s->factor, 1) != DL_OK ||
        dl__option_range(ctx, who, "threshold", s->threshold, INFINITY) != DL_OK ||
        dl__option_flag(ctx, who, "maximize", o->maximize) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return ctx->status;
    if (!(s->floor >= 0 && s->floor <= 1))
        return dl_fail(ctx, DL_EINVAL, "%s: floor is %s, wanted at least 0 and at most 1", who,
                       dl__double_text(a, s->floor));
    if (o->patience < DL_OFF || o->cooldown < DL_OFF)
        return dl_fail(ctx, DL_EINVAL, "%s: patience is %lld and cooldown %lld, wanted at least 0",
                       who, (long long)o->patience, (long long)o->cooldown);
    return DL_OK;
}

dl_sched *dl_sched_plateau(dl_ctx *ctx, const dl_plateau_opts *opts)
{
    static const dl__sched_class cls = {.factor = factor_at, .report = report, .states = STATES};
    static const dl_plateau_opts defaults;
    const dl_plateau_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx))
        return NULL;
    const settings set = {.factor = dl__option(o->factor, 0.1),
                          .threshold = dl__option(o->threshold, 1e-4),
                          .floor = dl__option(o->floor, 0),
                          .patience = dl__option((double)o->patience, 10),
                          .cooldown = dl__option((double)o->cooldown, 0),
                          .maximize = o->maximize == 1};
    if (check(ctx, "sched_plateau", o, &set) != DL_OK)
        return NULL;
    dl_sched *s = dl__sched_new(ctx, &cls, &set, sizeof set, 0);
    if (s) {
        s->state[FACTOR] = 1;
        s->state[BEST] = set.maximize ? -INFINITY : INFINITY;
    }
    return s;
}
