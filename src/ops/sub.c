/* a - b */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP2(sub_loops, a - b)

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &sub_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dy[0];
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dy[0]);
    return c->ctx->status;
}

const dl_op dl__op_sub = {.name = "sub",
                          .infer = dl__elementwise_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 2,
                          .replay_out = 1};

dl_tensor *dl_sub(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_sub, a, b, NULL);
}
