/* What all metrics share. */
#include "train/metric.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/parallel.h"
#include "core/utf8.h"

static void metric_destroy(dl__object *base, dl__dead *dead)
{
    (void)dead;
    dl_metric *m = (dl_metric *)(void *)base;
    m->cls->end(m);
}

void *dl__metric_new(dl_ctx *ctx, const dl__metric_class *cls, int64_t classes,
                     const dl_metric_opts *o)
{
    static const dl_metric_opts defaults;
    o = o ? o : &defaults;
    if (!dl__ok(ctx))
        return NULL;
    if (classes < 2) {
        dl_fail(ctx, DL_EINVAL, "%s: classes is %lld, it wants to be 2 or more", cls->name,
                (long long)classes);
        return NULL;
    }
    if (DL__RESERVED(ctx, cls->name, o) != DL_OK)
        return NULL;
    dl_metric *m = dl__object_new(ctx, cls->size, NULL);
    if (!m)
        return NULL;
    m->cls = cls;
    m->values = cls->values;
    m->o = *o;
    m->classes = m->places = classes;
    m->base.destroy = metric_destroy;
    return m;
}

dl_status dl_metric_add(dl_metric *m, dl_tensor *pred, dl_tensor *target)
{
    dl_ctx *ctx = m ? m->base.ctx : NULL;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (dl__metric_check(m, pred, target) != DL_OK)
        return ctx->status;
    dl__fpmode host = dl__fpmode_enter();
    dl_status status = m->cls->add(m, pred, target);
    dl__fpmode_leave(host);
    return status;
}

dl_status dl_metric_merge(dl_metric *m, const dl_metric *other)
{
    dl_ctx *ctx = m ? m->base.ctx : NULL;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!other || other == m || other->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "metric_merge: the other metric is %s",
                       !other       ? "NULL"
                       : other == m ? "the same"
                                    : "of another context");
    if (other->cls != m->cls || other->classes != m->classes ||
        memcmp(&other->o, &m->o, sizeof m->o) != 0)
        return dl_fail(ctx, DL_EINVAL,
                       "metric_merge: a %s of %lld and a %s of %lld, or their options, do not fit",
                       m->cls->name, (long long)m->classes, other->cls->name,
                       (long long)other->classes);
    dl__fpmode host = dl__fpmode_enter();
    dl_status status = m->cls->merge(m, other);
    if (status == DL_OK)
        m->n += other->n;
    dl__fpmode_leave(host);
    return status;
}

void dl_metric_reset(dl_metric *m)
{
    if (!m)
        return;
    m->cls->reset(m);
    m->n = 0;
}

void dl_metric_drop(dl_metric *m)
{
    dl__object_drop(m);
}

dl_ctx *dl_metric_ctx(const dl_metric *m)
{
    return m ? m->base.ctx : NULL;
}

const char *dl_metric_name(const dl_metric *m, int32_t i)
{
    if (!m || i < 0)
        return NULL;
    const char *const *name = m->values;
    for (; *name && i > 0; name++)
        i--;
    if (*name || !m->cls->each)
        return *name;
    for (name = m->cls->each; *name && i > 0; name++)
        i--;
    return *name;
}

/* The number of name in the list; -1, and the names there are as the error, if it is not there. */
static int32_t find(const dl_metric *m, const char *const *list, const char *name)
{
    char known[512] = "", shown[DL__SHOWN];
    size_t at = 0;
    for (int32_t i = 0; list && list[i]; i++) {
        if (name && strcmp(list[i], name) == 0)
            return i;
        int n = snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", list[i]);
        at = n > 0 && (size_t)n < sizeof known - at ? at + (size_t)n : at;
    }
    dl_fail(m->base.ctx, DL_EINVAL, "%s: there is no value \"%s\", there are: %s", m->cls->name,
            dl__printable(shown, sizeof shown, name), known);
    return -1;
}

double dl_metric_value(dl_metric *m, const char *name)
{
    if (!m || !dl__ok(m->base.ctx))
        return NAN;
    int32_t i = find(m, m->values, name);
    if (i < 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double v = dl__fpmode_pin(m->cls->value(m, i));
    dl__fpmode_leave(host);
    return v;
}

double dl_metric_value_at(dl_metric *m, const char *name, int64_t k)
{
    if (!m || !dl__ok(m->base.ctx))
        return NAN;
    int32_t i = find(m, m->cls->each, name);
    if (i >= 0 && (k < 0 || k >= m->places)) {
        dl_fail(m->base.ctx, DL_EINVAL, "%s: value %lld of \"%s\" was asked for, there are %lld",
                m->cls->name, (long long)k, name, (long long)m->places);
        return NAN;
    }
    if (i < 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double v = dl__fpmode_pin(m->cls->value_at(m, i, k));
    dl__fpmode_leave(host);
    return v;
}
