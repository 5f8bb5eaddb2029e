/* The smaller of a and b. */
#include "ops/choose.h"

DL__LOOP2(minimum_loops, DL__MIN(a, b))

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &minimum_loops, NULL);
}

/* a is chosen where b is the larger one. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, i))
            dx[i] = dl__winner_share(dy[0], c->in[1 - i], c->in[i]);
    return c->ctx->status;
}

const dl_op dl__op_minimum = {.name = "minimum",
                              .saves_in = 3,
                              .infer = dl__elementwise_infer,
                              .forward = forward,
                              .backward = backward,
                              .replay_in = 2,
                              .replay_out = 1};

dl_tensor *dl_minimum(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_minimum, a, b, NULL);
}
