/* max(x, 0). The gradient needs the result alone, so x need not be kept. */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP1(relu_loops, x > 0 || x != x ? x : 0)
DL__LOOP2(relu_backward_loops, b > 0 || b != b ? a : 0)

static dl_tensor *relu_backward(dl_tensor *dy, dl_tensor *y);

static dl_status backward_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &relu_backward_loops, NULL);
}

/* The mask y > 0 is constant almost everywhere: y has no gradient. */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = relu_backward(g[0], c->in[1]);
    return c->ctx->status;
}

/* in: dy, y. dx = dy where y > 0. NaN passes both ways. */
const dl_op dl__op_relu_backward = {.name = "relu_backward",
                                    .saves_in = 2,
                                    .infer = dl__elementwise_infer,
                                    .forward = backward_forward,
                                    .backward = backward_backward,
                                    .replay_in = 2,
                                    .replay_out = 1};

static dl_tensor *relu_backward(dl_tensor *dy, dl_tensor *y)
{
    return dl__apply2(&dl__op_relu_backward, dy, y, NULL);
}

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &relu_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = relu_backward(dy[0], c->out[0]);
    return c->ctx->status;
}

const dl_op dl__op_relu = {.name = "relu",
                           .saves_out = 1,
                           .infer = dl__elementwise_infer,
                           .forward = forward,
                           .backward = backward,
                           .replay_in = 1,
                           .replay_out = 1};

dl_tensor *dl_relu(dl_tensor *x)
{
    return dl__apply1(&dl__op_relu, x, NULL);
}
