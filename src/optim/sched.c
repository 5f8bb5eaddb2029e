/* Learning-rate schedules: a factor for each step. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/parallel.h"
#include "optim/sched.h"

static void sched_destroy(dl__object *base, dl__dead *dead)
{
    dl_sched *s = (dl_sched *)(void *)base;
    for (int32_t i = 0; i < s->n_child; i++)
        dl__object_unref(s->child[i], dead);
    dl__free(s->child);
    if (s->cls && s->cls->end)
        s->cls->end(s->settings);
}

dl_sched *dl__sched_new(dl_ctx *ctx, const dl__sched_class *cls, const void *settings, size_t bytes,
                        size_t room)
{
    size_t all;
    if (!dl__ok(ctx))
        return NULL;
    if (!dl__add_size(bytes, room, &all)) {
        dl_fail(ctx, DL_ELIMIT, "sched: the settings are too many to count");
        return NULL;
    }
    dl_sched *s = dl__object_new_with(ctx, sizeof *s, all, sched_destroy);
    if (!s)
        return NULL;
    if (bytes)
        memcpy(s + 1, settings, bytes);
    s->settings = s + 1;
    s->cls = cls;
    s->depth = 1;
    return s;
}

/* For constructors that fail. */
static void drop_all(dl_sched *const *list, int32_t n)
{
    for (int32_t i = 0; list && i < n; i++)
        dl_sched_drop(list[i]);
}

static dl_status check_list(dl_ctx *ctx, const char *who, dl_sched *const *list, int32_t n)
{
    if (n < 1 || !list)
        return dl_fail(ctx, DL_EINVAL, "%s: %d schedules, wanted at least 1", who,
                       list ? (int)n : 0);
    for (int32_t i = 0; i < n; i++) {
        if (!list[i] || list[i]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "%s: schedule %d is %s", who, (int)i,
                           list[i] ? "of another context" : "NULL");
        if (list[i]->depth >= DL__SCHED_DEPTH)
            return dl_fail(ctx, DL_ELIMIT, "%s: schedules stand in each other %d deep, %d is most",
                           who, (int)list[i]->depth + 1, DL__SCHED_DEPTH);
    }
    return DL_OK;
}

dl_sched *dl__sched_of(dl_ctx *ctx, const char *who, const dl__sched_class *cls,
                       dl_sched *const *list, int32_t n, const void *settings, size_t bytes,
                       size_t room)
{
    dl_sched *s = NULL, **child = NULL;
    if (dl__ok(ctx) && check_list(ctx, who, list, n) == DL_OK &&
        (child = dl__alloc(ctx, (size_t)n * sizeof(dl_sched *))))
        s = dl__sched_new(ctx, cls, settings, bytes, room);
    if (!s) {
        dl__free(child);
        drop_all(list, n);
        return NULL;
    }
    s->child = child;
    s->n_child = n;
    for (int32_t i = 0; i < n; i++) {
        child[i] = list[i];
        s->depth = list[i]->depth >= s->depth ? list[i]->depth + 1 : s->depth;
    }
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
    double factor = dl__sched_at(s, step);
    dl__fpmode_leave(host);
    return factor;
}

double dl__sched_momentum_at(const dl_sched *s, int64_t step)
{
    return s && s->cls->momentum ? s->cls->momentum(s, step) : NAN;
}

int dl__sched_cycles(const dl_sched *s)
{
    int found = s->n_child == 0 && s->cls->momentum;
    for (int32_t i = 0; i < s->n_child; i++)
        found |= dl__sched_cycles(s->child[i]);
    return found;
}

double dl_sched_momentum(const dl_sched *s, int64_t step)
{
    if (!s || step < 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double momentum = dl__sched_momentum_at(s, step);
    dl__fpmode_leave(host);
    return momentum;
}

static void report(dl_sched *s, double metric)
{
    if (s->cls->report)
        s->cls->report(s, metric);
    for (int32_t i = 0; i < s->n_child; i++)
        report(s->child[i], metric);
}

dl_status dl_sched_report(dl_sched *s, double metric)
{
    if (!s || !dl__ok(s->base.ctx))
        return s ? s->base.ctx->status : DL_EINVAL;
    dl__fpmode host = dl__fpmode_enter();
    report(s, metric);
    dl__fpmode_leave(host);
    return DL_OK;
}

int32_t dl__sched_get(const dl_sched *s, double *out)
{
    int32_t n = s ? s->cls->states : 0;
    if (out && n)
        memcpy(out, s->state, (size_t)n * sizeof *out);
    for (int32_t i = 0; s && i < s->n_child; i++)
        n += dl__sched_get(s->child[i], out ? out + n : NULL);
    return n;
}

/* Returns how many numbers it has taken. */
static int32_t set(dl_sched *s, const double *in)
{
    int32_t n = s->cls->states;
    memcpy(s->state, in, (size_t)n * sizeof *in);
    for (int32_t i = 0; i < s->n_child; i++)
        n += set(s->child[i], in + n);
    return n;
}

void dl__sched_set(dl_sched *s, const double *in)
{
    if (s && in)
        set(s, in);
}
