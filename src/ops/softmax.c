/* exp(x - max) / sum along an axis. */
#include "dl/ops.h"
#include "ops/softmax_rows.h"

static dl_tensor *softmax_backward(dl_tensor *dy, dl_tensor *y, const void *attrs);

static dl_status backward_forward(const dl_call *c)
{
    return dl__softmax_run(c, DL__SOFTMAX_BACKWARD);
}

/* in: dy, y. With f = y (dy - sum(dy y)):
 * (df/d(dy))^T g = y (g - sum(g y)), (df/dy)^T g = g (dy - sum(dy y)) - dy sum(g y). */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *y = c->in[1];
    if (dl_call_wants(c, 0))
        dx[0] = softmax_backward(g[0], y, c->attrs);
    if (dl_call_wants(c, 1)) {
        dl_tensor *inner = dl_sub(dy, dl__softmax_sum(c, dl_mul(dy, y)));
        dx[1] = dl_sub(dl_mul(g[0], inner), dl_mul(dy, dl__softmax_sum(c, dl_mul(g[0], y))));
    }
    return c->ctx->status;
}

const dl_op dl__op_softmax_backward = {.name = "softmax_backward",
                                       .attrs_size = sizeof(dl__axis_attrs),
                                       .attrs = dl__axis_attr_list,
                                       .n_attrs = 1,
                                       .saves_in = 3,
                                       .infer = dl__softmax_infer,
                                       .forward = backward_forward,
                                       .backward = backward_backward,
                                       .replay_in = 2,
                                       .replay_out = 1};

static dl_tensor *softmax_backward(dl_tensor *dy, dl_tensor *y, const void *attrs)
{
    return dl__apply2(&dl__op_softmax_backward, dy, y, attrs);
}

static dl_status forward(const dl_call *c)
{
    return dl__softmax_run(c, DL__SOFTMAX);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = softmax_backward(dy[0], c->out[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_softmax = {.name = "softmax",
                              .attrs_size = sizeof(dl__axis_attrs),
                              .attrs = dl__axis_attr_list,
                              .n_attrs = 1,
                              .saves_out = 1,
                              .infer = dl__softmax_infer,
                              .forward = forward,
                              .backward = backward,
                              .replay_in = 1,
                              .replay_out = 1};

dl_tensor *dl_softmax(dl_tensor *x, int32_t axis)
{
    const dl__axis_attrs a = {axis};
    return dl__apply1(&dl__op_softmax, x, &a);
}
