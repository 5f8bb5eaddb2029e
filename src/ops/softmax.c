/* exp(x - max) / sum along an axis. */
#include "dl/ops.h"
#include "ops/softmax_rows.h"

/* With f = y (dy - sum(dy y)):
 * (df/d(dy))^T g = y (g - sum(g y)), (df/dy)^T g = g (dy - sum(dy y)) - dy sum(g y). */
static dl_status second(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *y = c->in[1];
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(c->op, g[0], y, c->attrs);
    if (dl_call_wants(c, 1)) {
        dl_tensor *inner = dl_sub(dy, dl__softmax_sum(c, dl_mul(dy, y)));
        dx[1] = dl_sub(dl_mul(g[0], inner), dl_mul(dy, dl__softmax_sum(c, dl_mul(g[0], y))));
    }
    return c->ctx->status;
}

DL__SOFTMAX_OPS(softmax, DL__SOFTMAX, DL__SOFTMAX_BACKWARD, second)

dl_tensor *dl_softmax(dl_tensor *x, int32_t axis)
{
    return dl__apply1(&dl__op_softmax, x, &(const dl__axis_attrs){axis});
}
