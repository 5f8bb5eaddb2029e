/* x - max - log(sum(exp(x - max))) along an axis. */
#include "dl/ops.h"
#include "ops/softmax_rows.h"

/* With f = dy - e^y sum(dy):
 * (df/d(dy))^T g = g - sum(g e^y), (df/dy)^T g = -g e^y sum(dy). */
static dl_status second(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *weighted = dl_mul(g[0], dl_exp(c->in[1]));
    if (dl_call_wants(c, 0))
        dx[0] = dl_sub(g[0], dl__softmax_sum(c, weighted));
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dl_mul(weighted, dl__softmax_sum(c, c->in[0])));
    return c->ctx->status;
}

DL__SOFTMAX_OPS(log_softmax, DL__LOG_SOFTMAX, DL__LOG_SOFTMAX_BACKWARD, second)

dl_tensor *dl_log_softmax(dl_tensor *x, int32_t axis)
{
    return dl__apply1(&dl__op_log_softmax, x, &(const dl__axis_attrs){axis});
}
