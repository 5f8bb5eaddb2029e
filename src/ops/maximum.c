/* The larger of a and b. */
#include "ops/choose.h"

DL__LOOP2(maximum_loops, DL__MAX(a, b))
DL__LOOP3(share_loops, b == c ? a / 2 : b < c ? 0 : a)

static dl_status share_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &share_loops, NULL);
}

/* Who wins is constant almost everywhere: winner and other have no gradient. */
static dl_status share_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__winner_share(g[0], c->in[1], c->in[2]);
    return c->ctx->status;
}

/* in: dy, winner, other. */
const dl_op dl__op_winner_share = {.name = "winner_share",
                                   .saves_in = 6,
                                   .infer = dl__elementwise_infer,
                                   .forward = share_forward,
                                   .backward = share_backward,
                                   .replay_in = 3,
                                   .replay_out = 1};

dl_tensor *dl__winner_share(dl_tensor *dy, dl_tensor *winner, dl_tensor *other)
{
    return dl__apply3(&dl__op_winner_share, dy, winner, other, NULL);
}

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &maximum_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, i))
            dx[i] = dl__winner_share(dy[0], c->in[i], c->in[1 - i]);
    return c->ctx->status;
}

const dl_op dl__op_maximum = {.name = "maximum",
                              .saves_in = 3,
                              .infer = dl__elementwise_infer,
                              .forward = forward,
                              .backward = backward,
                              .replay_in = 2,
                              .replay_out = 1};

dl_tensor *dl_maximum(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_maximum, a, b, NULL);
}
