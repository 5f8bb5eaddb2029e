/* -x */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP1(neg_loops, -x)

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &neg_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl_neg(dy[0]);
    return c->ctx->status;
}

const dl_op dl__op_neg = {.name = "neg",
                          .infer = dl__elementwise_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 1,
                          .replay_out = 1};

dl_tensor *dl_neg(dl_tensor *x)
{
    return dl__apply1(&dl__op_neg, x, NULL);
}
