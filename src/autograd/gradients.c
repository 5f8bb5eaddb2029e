/* Gradients of any recorded tensors with respect to any others. */
#include "autograd/autograd.h"

static dl_status check(dl_ctx *ctx, dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                       dl_tensor *const *wrt, int32_t n_wrt, int32_t flag)
{
    if (flag < DL_GRAPH_RELEASE || flag > DL_GRAPH_RETAIN)
        return dl_fail(ctx, DL_EINVAL, "gradients: create_graph is %d, it wants DL_GRAPH_*",
                       (int)flag);
    for (int32_t i = 0; i < n_out; i++)
        if (dl__pass_check(ctx, "gradients", out[i], seed ? seed[i] : NULL) != DL_OK)
            return ctx->status;
    for (int32_t j = 0; j < n_wrt; j++) {
        if (!wrt[j] || wrt[j]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "gradients: wrt[%d] is NULL or of another context",
                           (int)j);
        if (!wrt[j]->history)
            return dl_fail(ctx, DL_ESTATE, "gradients: wrt[%d] is neither tracked nor recorded",
                           (int)j);
    }
    return DL_OK;
}

dl_status dl_gradients(dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                       dl_tensor *const *wrt, int32_t n_wrt, int32_t create_graph,
                       dl_tensor **grads)
{
    for (int32_t j = 0; grads && j < n_wrt; j++)
        grads[j] = NULL;
    if (!out || n_out < 1 || !out[0])
        return DL_EINVAL;
    dl_ctx *ctx = out[0]->base.ctx;
    if (!wrt || n_wrt < 1 || !grads)
        return dl_fail(ctx, DL_EINVAL, "gradients: of nothing, or without a place for them");
    if (!dl__ok(ctx) || check(ctx, out, seed, n_out, wrt, n_wrt, create_graph) != DL_OK)
        return ctx->status;
    dl__pass p = {.ctx = ctx,
                  .create = create_graph == DL_GRAPH_CREATE,
                  .retain = create_graph != DL_GRAPH_RELEASE};
    dl_status status = dl__pass_run(&p, out, seed, n_out, wrt, n_wrt);
    for (int32_t j = 0; j < n_wrt && status == DL_OK; j++) {
        const dl__visit *v = dl__visit_of(&p.graph, dl__node_of(wrt[j]));
        if (v)
            grads[j] = dl_tensor_give(dl_tensor_keep(v->dy[wrt[j]->output].sum));
    }
    dl__graph_end(&p.graph);
    return status;
}
