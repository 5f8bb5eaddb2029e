/* The rate falls by a factor at given steps. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/math.h"
#include "core/text.h"
#include "optim/sched.h"

typedef struct settings {
    double factor;
    int64_t n; /* n steps follow, rising */
} settings;

static double factor_at(const dl_sched *s, int64_t step)
{
    const settings *o = s->settings;
    const int64_t *at = (const int64_t *)(const void *)(o + 1);
    int64_t low = 0, high = o->n; /* at[low - 1] <= step < at[high] */
    while (low < high) {
        const int64_t mid = low + (high - low) / 2;
        if (at[mid] <= step)
            low = mid + 1;
        else
            high = mid;
    }
    return dl__pow(o->factor, (double)low);
}

dl_sched *dl_sched_multistep(dl_ctx *ctx, const int64_t *at, int64_t n, double factor)
{
    static const dl__sched_class cls = {.factor = factor_at};
    static const char who[] = "sched_multistep";
    size_t bytes;
    if (!dl__ok(ctx))
        return NULL;
    if (n < 0 || (n > 0 && !at) || !(factor > 0) || isinf(factor)) {
        char a[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "%s: %lld steps%s and factor %s, wanted at least 0 and a finite number above 0",
                who, (long long)n, at ? "" : " at NULL", dl__double_text(a, factor));
        return NULL;
    }
    for (int64_t i = 0; i < n; i++)
        if (at[i] < (i ? at[i - 1] : 0)) {
            dl_fail(ctx, DL_EINVAL, "%s: at[%lld] is %lld, wanted at least %lld", who, (long long)i,
                    (long long)at[i], (long long)(i ? at[i - 1] : 0));
            return NULL;
        }
    if (!dl__mul_size((size_t)n, sizeof *at, &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "%s: %lld steps are too many", who, (long long)n);
        return NULL;
    }
    const settings o = {factor, n};
    dl_sched *s = dl__sched_new(ctx, &cls, &o, sizeof o, bytes);
    if (s && n)
        memcpy((char *)(s + 1) + sizeof o, at, bytes);
    return s;
}
