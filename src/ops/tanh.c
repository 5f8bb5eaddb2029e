/* The hyperbolic tangent, by core/math.h. */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP1(tanh_loops, DL__TANH(x))
DL__LOOP2(tanh_backward_loops, a *(1 - b * b))

static dl_tensor *tanh_backward(dl_tensor *dy, dl_tensor *y);

static dl_status backward_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &tanh_backward_loops, NULL);
}

/* With f = dy (1 - y^2): df/d(dy) = 1 - y^2, df/dy = -2 dy y. */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *y = c->in[1];
    if (dl_call_wants(c, 0))
        dx[0] = tanh_backward(g[0], y);
    if (dl_call_wants(c, 1))
        dx[1] = dl_scale(dl_mul(dl_mul(g[0], dy), y), -2);
    return c->ctx->status;
}

/* in: dy, y. dx = dy (1 - y^2). */
const dl_op dl__op_tanh_backward = {.name = "tanh_backward",
                                    .saves_in = 3,
                                    .infer = dl__elementwise_infer,
                                    .forward = backward_forward,
                                    .backward = backward_backward,
                                    .replay_in = 2,
                                    .replay_out = 1};

static dl_tensor *tanh_backward(dl_tensor *dy, dl_tensor *y)
{
    return dl__apply2(&dl__op_tanh_backward, dy, y, NULL);
}

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &tanh_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = tanh_backward(dy[0], c->out[0]);
    return c->ctx->status;
}

const dl_op dl__op_tanh = {.name = "tanh",
                           .saves_out = 1,
                           .infer = dl__elementwise_infer,
                           .forward = forward,
                           .backward = backward,
                           .replay_in = 1,
                           .replay_out = 1};

dl_tensor *dl_tanh(dl_tensor *x)
{
    return dl__apply1(&dl__op_tanh, x, NULL);
}
