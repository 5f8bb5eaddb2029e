/* x - max - log(sum(exp(x - max))) along an axis. */
#include "dl/ops.h"
#include "ops/softmax_rows.h"

static dl_tensor *log_softmax_backward(dl_tensor *dy, dl_tensor *y, const void *attrs);

static dl_status backward_forward(const dl_call *c)
{
    return dl__softmax_run(c, DL__LOG_SOFTMAX_BACKWARD);
}

/* in: dy, y. With f = dy - e^y sum(dy):
 * (df/d(dy))^T g = g - sum(g e^y), (df/dy)^T g = -g e^y sum(dy). */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *weighted = dl_mul(g[0], dl_exp(c->in[1]));
    if (dl_call_wants(c, 0))
        dx[0] = dl_sub(g[0], dl__softmax_sum(c, weighted));
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dl_mul(weighted, dl__softmax_sum(c, c->in[0])));
    return c->ctx->status;
}

const dl_op dl__op_log_softmax_backward = {.name = "log_softmax_backward",
                                           .attrs_size = sizeof(dl__axis_attrs),
                                           .attrs = dl__axis_attr_list,
                                           .n_attrs = 1,
                                           .saves_in = 3,
                                           .infer = dl__softmax_infer,
                                           .forward = backward_forward,
                                           .backward = backward_backward,
                                           .replay_in = 2,
                                           .replay_out = 1};

static dl_tensor *log_softmax_backward(dl_tensor *dy, dl_tensor *y, const void *attrs)
{
    return dl__apply2(&dl__op_log_softmax_backward, dy, y, attrs);
}

static dl_status forward(const dl_call *c)
{
    return dl__softmax_run(c, DL__LOG_SOFTMAX);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = log_softmax_backward(dy[0], c->out[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_log_softmax = {.name = "log_softmax",
                                  .attrs_size = sizeof(dl__axis_attrs),
                                  .attrs = dl__axis_attr_list,
                                  .n_attrs = 1,
                                  .saves_out = 1,
                                  .infer = dl__softmax_infer,
                                  .forward = forward,
                                  .backward = backward,
                                  .replay_in = 1,
                                  .replay_out = 1};

dl_tensor *dl_log_softmax(dl_tensor *x, int32_t axis)
{
    const dl__axis_attrs a = {axis};
    return dl__apply1(&dl__op_log_softmax, x, &a);
}
