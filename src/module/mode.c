/* What is switched for a whole tree: mode, tracking, gradients. */
#include "dl/grad.h"
#include "module/module.h"

static void set_mode(dl_module *m, int32_t on)
{
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
