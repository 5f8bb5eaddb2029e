/* x, but not below low and not above high. */
#include "ops/shape.h"

typedef struct clamp_attrs {
    double low, high;
} clamp_attrs;

static const dl_attr attrs[] = {DL__ATTR(clamp_attrs, low, F64, 1),
                                DL__ATTR(clamp_attrs, high, F64, 1)};

DL__LOOP1(clamp_loops, x<s0 ? s0 : x> s1 ? s1 : x)
DL__LOOP2(clamp_backward_loops, b >= s0 && b <= s1 ? a : 0)

static dl_status run(const dl_call *c, const dl__loops *loops)
{
    const clamp_attrs *a = c->attrs;
    const double scalars[DL__ARGS] = {a->low, a->high};
    return dl__elementwise_forward(c, loops, scalars);
}

/* ---- the gradient ---------------------------------------------------------------------------- */

static dl_status gradient_forward(const dl_call *c)
{
    return run(c, &clamp_backward_loops);
}

static dl_status gradient_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx);

/* in: dy, x. dx = dy where low <= x <= high. */
const dl_op dl__op_clamp_backward = {.name = "clamp_backward",
                                     .attrs_size = sizeof(clamp_attrs),
                                     .attrs = attrs,
                                     .n_attrs = 2,
                                     .saves_in = 2,
                                     .infer = dl__elementwise_infer,
                                     .forward = gradient_forward,
                                     .backward = gradient_backward,
                                     .replay_in = 2,
                                     .replay_out = 1};

/* The mask is constant almost everywhere: x has no gradient. */
static dl_status gradient_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(&dl__op_clamp_backward, g[0], c->in[1], c->attrs);
    return c->ctx->status;
}

/* ---- the operation --------------------------------------------------------------------------- */

static dl_status forward(const dl_call *c)
{
    return run(c, &clamp_loops);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply2(&dl__op_clamp_backward, dy[0], c->in[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_clamp = {.name = "clamp",
                            .attrs_size = sizeof(clamp_attrs),
                            .attrs = attrs,
                            .n_attrs = 2,
                            .saves_in = 1,
                            .infer = dl__elementwise_infer,
                            .forward = forward,
                            .backward = backward,
                            .replay_in = 1,
                            .replay_out = 1};

dl_tensor *dl_clamp(dl_tensor *x, double low, double high)
{
    const clamp_attrs a = {low, high};
    if (!dl__ready(x))
        return NULL;
    if (!(low <= high)) {
        char from[DL__NUMBER], to[DL__NUMBER];
        dl_fail(x->base.ctx, DL_EINVAL, "clamp: low is %s and high is %s, wanted low <= high",
                dl__double_text(from, low), dl__double_text(to, high));
        return NULL;
    }
    return dl__apply1(&dl__op_clamp, x, &a);
}
