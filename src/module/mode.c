/* What is switched for a whole tree: mode, tracking, gradients. */
#include "core/text.h"
#include "dl/grad.h"
#include "module/module.h"

static void set_mode(dl_module *m, int32_t on)
{
    if (m->held)
        return;
    m->training = on;
    for (int32_t i = 0; i < m->n_child; i++)
        set_mode(m->child[i], on);
}

/* 1 when m or anything in it is frozen. */
static int holds_frozen(const dl_module *m)
{
    int found = m->frozen;
    for (int32_t i = 0; i < m->n_child && !found; i++)
        found = holds_frozen(m->child[i]);
    return found;
}

void dl_module_train(dl_module *m, int32_t on)
{
    if (!m)
        return;
    if (on && holds_frozen(m))
        dl_fail(m->base.ctx, DL_ESTATE, "%s: a frozen module stays in evaluation mode",
                m->cls->name);
    else
        set_mode(m, on != 0);
}

static void set_held(dl_module *m, int32_t on)
{
    m->held = on;
    m->training = on ? 0 : m->training;
    for (int32_t i = 0; i < m->n_child; i++)
        set_held(m->child[i], on);
}

void dl_module_hold(dl_module *m, int32_t on)
{
    if (m)
        set_held(m, on != 0);
}

int32_t dl_module_training(const dl_module *m)
{
    return m ? m->training : 0;
}

void dl_module_zero_grad(dl_module *m)
{
    if (!m)
        return;
    for (int32_t i = 0; i < m->params.n; i++)
        dl_grad_zero(m->params.item[i].tensor);
    for (int32_t i = 0; i < m->n_child; i++)
        dl_module_zero_grad(m->child[i]);
}

static void set_tracking(dl_module *m, int32_t on)
{
    for (int32_t i = 0; i < m->params.n; i++)
        if (dl_grad_tracked(m->params.item[i].tensor) != on)
            dl_grad_track(m->params.item[i].tensor, on);
    for (int32_t i = 0; i < m->n_child; i++)
        set_tracking(m->child[i], on);
}

dl_status dl_module_track(dl_module *m, int32_t on)
{
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (on && holds_frozen(m))
        return dl_fail(ctx, DL_ESTATE, "%s: a frozen module is not trained", m->cls->name);
    set_tracking(m, on != 0);
    return ctx->status;
}

int32_t dl_module_track_named(dl_module *m, const char *pattern, int32_t on)
{
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    int32_t fit = 0;
    const dl__table *t = dl__ok(ctx) ? dl__module_table(m) : NULL;
    if (!t)
        return ctx->status;
    if (!pattern)
        return dl_fail(ctx, DL_EINVAL, "track_named: the pattern is NULL");
    if (on && holds_frozen(m))
        return dl_fail(ctx, DL_ESTATE, "%s: a frozen module is not trained", m->cls->name);
    for (int32_t i = 0; i < t->n_param && dl__ok(ctx); i++) {
        const dl__named *p = &t->all[t->param[i]];
        if (!dl__pattern_fits(pattern, p->name))
            continue;
        if (dl_grad_tracked(p->tensor) != (on != 0))
            dl_grad_track(p->tensor, on != 0);
        fit++;
    }
    if (dl__ok(ctx) && fit == 0)
        return dl_fail(ctx, DL_EINVAL, "track_named: no parameter's name fits \"%.200s\"", pattern);
    return dl__ok(ctx) ? fit : ctx->status;
}
