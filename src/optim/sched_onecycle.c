/* Up to the rate, then down far below where it began. */
#include <math.h>
#include "core/math.h"
#include "core/text.h"
#include "optim/optim.h"

enum { PHASES = 3 };

typedef struct settings {
    int32_t linear, n;
    double end[PHASES];          /* last step of a phase, not rounded */
    double value[PHASES + 1];    /* factors between which it runs     */
    double momentum[PHASES + 1]; /* likewise                          */
} settings;

/* The place of a step between the numbers that stand at the ends of the phases. */
static double between(const settings *o, const double value[PHASES + 1], int64_t step)
{
    static const double pi = 3.14159265358979323846;
    const double at = (double)step;
    int32_t i = 0;
    while (i + 1 < o->n && at > o->end[i])
        i++;
    const double begin = i ? o->end[i - 1] : 0, from = value[i], to = value[i + 1];
    if (at >= o->end[i])
        return to;
    const double p = (at - begin) / (o->end[i] - begin);
    return o->linear ? from + (to - from) * p : to + (from - to) * 0.5 * (1 + dl__cos(pi * p));
}

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    return between(o, o->value, step);
}

static double momentum_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    return between(o, o->momentum, step);
}

/* The momentum runs against the rate. */
static void plan_momentum(settings *s, double low, double high)
{
    for (int32_t i = 0; i <= PHASES; i++)
        s->momentum[i] = i == 1 ? low : high;
}

/* The place of every phase, as PyTorch has it. */
static settings plan(int64_t steps, double pct, double div, double final_div, int linear, int three)
{
    const double n = (double)steps, start = 1 / div, end = start / final_div;
    settings s = {.linear = linear, .n = three ? 3 : 2, .value = {start, 1}};
    s.end[0] = pct * n - 1;
    if (three) {
        s.end[1] = 2 * pct * n - 2;
        s.value[2] = start;
    }
    s.end[s.n - 1] = n - 1;
    s.value[s.n] = end;
    return s;
}

static dl_status check(dl_ctx *ctx, const char *who, int64_t steps, double pct, double div,
                       double final_div, int three)
{
    char a[DL__NUMBER], b[DL__NUMBER];
    if (steps < 1)
        return dl_fail(ctx, DL_EINVAL, "%s: steps is %lld, wanted at least 1", who,
                       (long long)steps);
    if (!(pct >= 0 && pct <= (three ? 0.5 : 1)))
        return dl_fail(ctx, DL_EINVAL, "%s: pct_start is %s, wanted at least 0 and at most %s", who,
                       dl__double_text(a, pct), three ? "0.5, half of three phases" : "1");
    if (!(div > 0) || isinf(div) || !(final_div > 0) || isinf(final_div))
        return dl_fail(ctx, DL_EINVAL,
                       "%s: div is %s and final_div %s, wanted finite numbers above 0", who,
                       dl__double_text(a, div), dl__double_text(b, final_div));
    return DL_OK;
}

dl_sched *dl_sched_onecycle(dl_ctx *ctx, int64_t steps, const dl_onecycle_opts *opts)
{
    static const dl__sched_class cls = {.factor = factor_at};
    static const dl__sched_class cycling = {.factor = factor_at, .momentum = momentum_at};
    static const dl_onecycle_opts defaults;
    static const char who[] = "sched_onecycle";
    const dl_onecycle_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx))
        return NULL;
    const double pct = dl__option(o->pct_start, 0.3), div = o->div == 0 ? 25 : o->div;
    const double final_div = o->final_div == 0 ? 1e4 : o->final_div;
    const int linear = o->linear == 1, three = o->three_phase == 1;
    if (dl__option_flag(ctx, who, "linear", o->linear) != DL_OK ||
        dl__option_flag(ctx, who, "three_phase", o->three_phase) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK ||
        check(ctx, who, steps, pct, div, final_div, three) != DL_OK)
        return NULL;
    settings s = plan(steps, pct, div, final_div, linear, three);
    const double high = dl__option(o->momentum_high, 0.95);
    const double low = dl__option(o->momentum_low, 0.85);
    if (o->momentum_high == 0 && o->momentum_low == 0)
        return dl__sched_new(ctx, &cls, &s, sizeof s, 0);
    if (!(low >= 0 && low <= high && high < 1)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "%s: momentum_low is %s and momentum_high %s, wanted 0 <= low <= high < 1", who,
                dl__double_text(a, low), dl__double_text(b, high));
        return NULL;
    }
    plan_momentum(&s, low, high);
    return dl__sched_new(ctx, &cycling, &s, sizeof s, 0);
}
