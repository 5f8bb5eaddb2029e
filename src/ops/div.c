/* a / b */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP2(div_loops, a / b)

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &div_loops, NULL);
}

/* da = dy / b, db = -dy a / b^2 = -(dy / b) y. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *da = dl_div(dy[0], c->in[1]);
    if (dl_call_wants(c, 0))
        dx[0] = da;
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dl_mul(da, c->out[0]));
    return c->ctx->status;
}

const dl_op dl__op_div = {.name = "div",
                          .saves_in = 2,
                          .saves_out = 1,
                          .infer = dl__elementwise_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 2,
                          .replay_out = 1};

dl_tensor *dl_div(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_div, a, b, NULL);
}
