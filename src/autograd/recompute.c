/* Calls that backward runs again instead of keeping what they computed. Chen et al., "Training Deep
 * Nets with Sublinear Memory Cost", arXiv 1604.06174. */
#include "autograd/autograd.h"

/* What it gives now has the types and shapes of what it gave. */
static dl_status check_results(const dl__node *node, dl_tensor *const *out)
{
    for (int32_t i = 0; i < node->n_out; i++)
        if (!out[i] || out[i]->dtype != node->out[i].shape.dtype ||
            !dl__same_shape(out[i], &node->out[i].shape))
            return dl_fail(node->base.ctx, DL_ESTATE,
                           "backward of recompute: result %d has another shape the second time",
                           (int)i);
    return DL_OK;
}

/* What was tracked still is, and nothing else: gradients go where they would have gone. */
static dl_status check_operands(const dl__node *node)
{
    for (int32_t i = 0; i < node->n_in; i++)
        if (node->in[i].kept && node->in[i].kept->history != node->in[i].shape.history)
            return dl_fail(node->base.ctx, DL_ESTATE,
                           "backward of recompute: operand %d is no longer tracked as it was when "
                           "the module ran",
                           (int)i);
    return DL_OK;
}

dl_status dl__run_again(dl__node *node, dl_tensor **out)
{
    dl_ctx *ctx = node->base.ctx;
    dl__again *a = node->again;
    dl_tensor *in[DL__MAX_IN];
    if (check_operands(node) != DL_OK)
        return ctx->status;
    for (int32_t i = 0; i < a->n_given; i++)
        in[i] = node->in[i].kept;
    for (int32_t i = 0; i < node->n_out; i++)
        out[i] = NULL;
    const uint64_t ticket = ctx->ticket, fills = ctx->fills;
    const int32_t recording = dl_grad_enable(ctx, 1);
    ctx->ticket = a->ticket;
    ctx->fills = a->fills;
    ctx->replaying++;
    const dl_status status = a->run(a, in, a->n_given, out, node->n_out);
    ctx->replaying--;
    ctx->ticket = ticket;
    ctx->fills = fills;
    dl_grad_enable(ctx, recording);
    return status == DL_OK ? check_results(node, out) : status;
}
