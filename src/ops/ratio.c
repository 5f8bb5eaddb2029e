#include "ops/ratio.h"
#include "ops/shape.h"

DL__LOOP2(ratio_loops, b == 0 ? 0 : a / b)

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &ratio_loops, NULL);
}

/* da = dy / b, db = -dy y / b, both 0 where b is. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__ratio(dy[0], c->in[1]);
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dl__ratio(dl_mul(dy[0], c->out[0]), c->in[1]));
    return dl_ctx_status(c->ctx);
}

const dl_op dl__op_ratio = {.name = "ratio",
                            .saves_in = 2,
                            .saves_out = 1,
                            .infer = dl__elementwise_infer,
                            .forward = forward,
                            .backward = backward,
                            .replay_in = 2,
                            .replay_out = 1};

dl_tensor *dl__ratio(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_ratio, a, b, NULL);
}
