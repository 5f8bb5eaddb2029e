/* Hooks: functions that see, and may replace, a gradient on its way. */
#include "autograd/autograd.h"

int32_t dl_grad_hook(dl_tensor *t, dl_grad_fn fn, void *user, void (*release)(void *user))
{
    dl_status status = DL_EINVAL;
    dl__hook *hook = NULL;
    if (!t)
        goto fail;
    dl_ctx *ctx = t->base.ctx;
    status = ctx->status;
    if (status == DL_OK && !fn)
        status = dl_fail(ctx, DL_EINVAL, "grad_hook: the function is NULL");
    if (status == DL_OK && !t->history)
        status = dl_fail(ctx, DL_ESTATE, "grad_hook: the tensor is not tracked");
    if (status != DL_OK || !(hook = dl__calloc(ctx, sizeof *hook))) {
        status = ctx->status;
        goto fail;
    }
    dl__hook **last = &dl__node_of(t)->hooks;
    while (*last)
        last = &(*last)->next;
    *last = hook;
    hook->id = ++dl__node_of(t)->hook_ids;
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

static void end(dl__hook *hook)
{
    if (hook->release)
        hook->release(hook->user);
    dl__free(hook);
}

void dl_grad_unhook(dl_tensor *t, int32_t id)
{
    dl__node *node = t ? dl__node_of(t) : NULL;
    dl__hook **at = node ? &node->hooks : NULL;
    while (at && *at && (*at)->id != id)
        at = &(*at)->next;
    if (!at || !*at)
        return;
    dl__hook *hook = *at;
    if (node->hooking) { /* it may be the one that runs */
        hook->fn = NULL;
        return;
    }
    *at = hook->next;
    end(hook);
}

void dl__hooks_free(dl__node *node)
{
    while (node->hooks) {
        dl__hook *hook = node->hooks;
        node->hooks = hook->next;
        end(hook);
    }
}

/* Ends the hooks that were unhooked while hooks ran. */
static void sweep(dl__node *node)
{
    for (dl__hook **at = &node->hooks; *at;) {
        dl__hook *hook = *at;
        if (hook->fn) {
            at = &hook->next;
            continue;
        }
        *at = hook->next;
        end(hook);
        at = &node->hooks; /* release may have changed the list */
    }
}

/* What hook makes of grad; NULL, with an error, when it stops or gives something unfit. */
static dl_tensor *call(dl_ctx *ctx, const dl__hook *hook, dl_tensor *grad)
{
    dl_tensor *next = hook->fn(grad, hook->user);
    if (!next || !dl__ok(ctx)) {
        dl_fail(ctx, DL_EUSER, "backward: a gradient hook stopped it");
        return NULL;
    }
    if (next->base.ctx != ctx || !next->storage || next->dtype != grad->dtype ||
        !dl__same_shape(next, grad)) {
        dl_fail(ctx, DL_ESHAPE,
                "backward: a gradient hook returned a tensor of another shape, type or context "
                "than its gradient");
        return NULL;
    }
    return next;
}

dl_tensor *dl__hooks_run(dl__node *node, int32_t output, dl_tensor *grad)
{
    node->hooking++;
    for (dl__hook *hook = node->hooks; hook && grad; hook = hook->next)
        if (hook->output == output && hook->fn)
            grad = call(node->base.ctx, hook, grad);
    if (--node->hooking == 0)
        sweep(node);
    return grad;
}
