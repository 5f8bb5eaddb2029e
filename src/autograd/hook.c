/* Hooks: functions that see, and may replace, a gradient on its way. */
#include "autograd/autograd.h"

int32_t dl_grad_hook(dl_tensor *t, dl_grad_fn fn, void *user, void (*release)(void *user))
{
    dl_status status = DL_EINVAL;
    dl__hook *hook = NULL;
    if (!t || !fn)
        goto fail;
    dl_ctx *ctx = t->base.ctx;
    status = ctx->status;
    if (status == DL_OK && !t->history)
        status = dl_fail(ctx, DL_ESTATE, "grad_hook: the tensor is not tracked");
    if (status != DL_OK || !(hook = dl__calloc(ctx, sizeof *hook))) {
        status = ctx->status;
        goto fail;
    }
    dl__hook **last = &dl__node_of(t)->hooks;
    hook->id = 1;
    for (; *last; last = &(*last)->next)
        hook->id = (*last)->id + 1;
    *last = hook;
    hook->output = t->output;
    hook->fn = fn;
    hook->user = user;
    hook->release = release;
    return hook->id;
fail:
    if (release)
        release(user);
    return status;
}

void dl_grad_unhook(dl_tensor *t, int32_t id)
{
    if (!t || !t->history)
        return;
    for (dl__hook **at = &dl__node_of(t)->hooks; *at; at = &(*at)->next)
        if ((*at)->id == id) {
            dl__hook *hook = *at;
            *at = hook->next;
            if (hook->release)
                hook->release(hook->user);
            dl__free(hook);
            return;
        }
}

void dl__hooks_free(dl__node *node)
{
    while (node->hooks) {
        dl__hook *hook = node->hooks;
        node->hooks = hook->next;
        if (hook->release)
            hook->release(hook->user);
        dl__free(hook);
    }
}

dl_tensor *dl__hooks_run(dl__node *node, int32_t output, dl_tensor *grad)
{
    dl_ctx *ctx = node->base.ctx;
    for (dl__hook *hook = node->hooks; hook; hook = hook->next) {
        if (hook->output != output)
            continue;
        dl_tensor *next = hook->fn(grad, hook->user);
        if (!next || !dl__ok(ctx)) {
            dl_fail(ctx, DL_EUSER, "backward: a gradient hook stopped it");
            return NULL;
        }
        if (next->base.ctx != ctx || next->dtype != grad->dtype || !dl__same_shape(next, grad)) {
            dl_fail(ctx, DL_ESHAPE,
                    "backward: a gradient hook returned a tensor of another shape, "
                    "type or context than its gradient");
            return NULL;
        }
        grad = next;
    }
    return grad;
}
