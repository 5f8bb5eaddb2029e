/* a b */
#include "autograd/elementwise.h"
#include "dl/ops.h"

DL__LOOP2(mul_loops, a *b)

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &mul_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, i))
            dx[i] = dl_mul(dy[0], c->in[1 - i]);
    return c->ctx->status;
}

const dl_op dl__op_mul = {.name = "mul",
                          .flags = DL_OP_PRODUCT,
                          .saves_in = 3,
                          .infer = dl__elementwise_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 2,
                          .replay_out = 1};

dl_tensor *dl_mul(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_mul, a, b, NULL);
}
