/* Gradients of a scalar, collected in the leaves. */
#include "autograd/autograd.h"

dl_status dl_backward(dl_tensor *scalar)
{
    if (!scalar)
        return DL_EINVAL;
    dl_ctx *ctx = scalar->base.ctx;
    if (!dl__ok(ctx) || dl__pass_check(ctx, "backward", scalar, NULL) != DL_OK)
        return ctx->status;
    dl__pass p = {.ctx = ctx, .to_leaves = 1};
    dl_status status = dl__pass_run(&p, &scalar, NULL, 1, NULL, 0);
    for (int32_t i = 0; i < p.graph.n && status != DL_OK; i++) {
        const dl__node *node = p.graph.visit[i].node;
        if (node->grad)
            node->grad->fresh = 1; /* absent: what it holds is a part of the sum */
    }
    dl__graph_end(&p.graph);
    return status;
}
