/* Schedules one after the other. */
#include <string.h>
#include "core/check.h"
#include "optim/sched.h"

/* The schedule whose time it is; *step becomes its own. */
static const dl_sched *running(const dl_sched *s, int64_t *step)
{
    const int64_t *length = s->settings; /* of all but the last */
    int32_t i = 0;
    for (; i + 1 < s->n_child && *step >= length[i]; i++)
        *step -= length[i];
    return s->child[i];
}

static double factor_at(const dl_sched *s, int64_t step)
{
    const dl_sched *now = running(s, &step);
    return dl__sched_at(now, step);
}

static double momentum_at(const dl_sched *s, int64_t step)
{
    const dl_sched *now = running(s, &step);
    return dl__sched_momentum_at(now, step);
}

dl_sched *dl_sched_chain(dl_ctx *ctx, dl_sched *const *list, const int64_t *lengths, int32_t n)
{
    static const dl__sched_class cls = {.factor = factor_at, .momentum = momentum_at};
    if (dl__ok(ctx) && n > 1 && !lengths)
        dl_fail(ctx, DL_EINVAL, "sched_chain: the lengths are NULL");
    for (int32_t i = 0; dl__ok(ctx) && i + 1 < n; i++)
        if (lengths[i] < 0)
            dl_fail(ctx, DL_EINVAL, "sched_chain: lengths[%d] is %lld, wanted at least 0", (int)i,
                    (long long)lengths[i]);
    const size_t bytes = n > 1 ? (size_t)(n - 1) * sizeof *lengths : 0;
    return dl__sched_of(ctx, "sched_chain", &cls, list, n, lengths, bytes, 0);
}
