/* 1 / (1 + e^-x), by core/math.h. */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP1(sigmoid_loops, DL__SIGMOID(x))
DL__LOOP2(sigmoid_backward_loops, a *(b *(1 - b)))

static dl_tensor *sigmoid_backward(dl_tensor *dy, dl_tensor *y);

static dl_status backward_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &sigmoid_backward_loops, NULL);
}

/* With f = dy y (1 - y): df/d(dy) = y (1 - y), df/dy = dy (1 - 2 y). */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *y = c->in[1];
    if (dl_call_wants(c, 0))
        dx[0] = sigmoid_backward(g[0], y);
    if (dl_call_wants(c, 1))
        dx[1] = dl_mul(dl_mul(g[0], dy), dl_add_scalar(dl_scale(y, -2), 1));
    return c->ctx->status;
}

/* in: dy, y. dx = dy y (1 - y). */
const dl_op dl__op_sigmoid_backward = {.name = "sigmoid_backward",
                                       .saves_in = 3,
                                       .infer = dl__elementwise_infer,
                                       .forward = backward_forward,
                                       .backward = backward_backward,
                                       .replay_in = 2,
                                       .replay_out = 1};

static dl_tensor *sigmoid_backward(dl_tensor *dy, dl_tensor *y)
{
    return dl__apply2(&dl__op_sigmoid_backward, dy, y, NULL);
}

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &sigmoid_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = sigmoid_backward(dy[0], c->out[0]);
    return c->ctx->status;
}

const dl_op dl__op_sigmoid = {.name = "sigmoid",
                              .saves_out = 1,
                              .infer = dl__elementwise_infer,
                              .forward = forward,
                              .backward = backward,
                              .replay_in = 1,
                              .replay_out = 1};

dl_tensor *dl_sigmoid(dl_tensor *x)
{
    return dl__apply1(&dl__op_sigmoid, x, NULL);
}
