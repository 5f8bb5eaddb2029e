/* a^b. With y = a^b, da = dy b a^(b - 1) and db = dy y ln(a). */
#include <math.h>
#include "ops/shape.h"

DL__LOOP2(pow_loops, DL__POW(a, b))
/* in: dy, a, b. a^0 is 1 for every a: no gradient there, also where a^-1 is infinite. */
DL__LOOP3(base_loops, c == 0 ? 0 : a * (c * DL__POW(b, c - 1)))
/* in: dy, a, y. 0^b is 0 or 1 for b >= 0: no gradient there, though ln(0) is infinite. */
DL__LOOP3(exponent_loops, b == 0 && DL__FABS(c) < INFINITY ? 0 : a * (c * DL__LOG(b)))
/* in: x, a, y. x, but 0 where a is 0 and y finite. */
DL__LOOP3(unless_zero_loops, b == 0 && DL__FABS(c) < INFINITY ? 0 : a)

static dl_tensor *unless_zero(dl_tensor *x, dl_tensor *a, dl_tensor *y);
static dl_tensor *base_gradient(dl_tensor *dy, dl_tensor *a, dl_tensor *b);
static dl_tensor *exponent_gradient(dl_tensor *dy, dl_tensor *a, dl_tensor *y);

/* ---- the gradients of the gradients ---------------------------------------------------------- */

static dl_status unless_zero_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &unless_zero_loops, NULL);
}

static dl_status unless_zero_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = unless_zero(g[0], c->in[1], c->in[2]);
    return c->ctx->status;
}

const dl_op dl__op_pow_unless_zero = {.name = "pow_unless_zero",
                                      .saves_in = 6,
                                      .infer = dl__elementwise_infer,
                                      .forward = unless_zero_forward,
                                      .backward = unless_zero_backward,
                                      .replay_in = 3,
                                      .replay_out = 1};

static dl_tensor *unless_zero(dl_tensor *x, dl_tensor *a, dl_tensor *y)
{
    return dl__apply3(&dl__op_pow_unless_zero, x, a, y, NULL);
}

static dl_status base_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &base_loops, NULL);
}

/* in: dy, a, b. With p = a^(b - 1): d(b p)/da = b (b - 1) a^(b - 2), 0 where b is 0, and
 * d(b p)/db = p + b p ln(a), 0 where a is 0 and b >= 0. */
static dl_status base_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *a = c->in[1], *b = c->in[2];
    if (dl_call_wants(c, 0))
        dx[0] = base_gradient(g[0], a, b);
    if (!dl_call_wants(c, 1) && !dl_call_wants(c, 2))
        return c->ctx->status;
    dl_tensor *t = dl_mul(g[0], dy), *tb = dl_mul(t, b), *less = dl_add_scalar(b, -1);
    if (dl_call_wants(c, 1))
        dx[1] = unless_zero(base_gradient(tb, a, less), b, b);
    if (dl_call_wants(c, 2)) {
        dl_tensor *p = dl_pow(a, less);
        dx[2] = unless_zero(dl_add(dl_mul(t, p), exponent_gradient(tb, a, p)), a, dl_pow(a, b));
    }
    return c->ctx->status;
}

const dl_op dl__op_pow_base = {.name = "pow_base",
                               .saves_in = 7,
                               .infer = dl__elementwise_infer,
                               .forward = base_forward,
                               .backward = base_backward,
                               .replay_in = 3,
                               .replay_out = 1};

static dl_tensor *base_gradient(dl_tensor *dy, dl_tensor *a, dl_tensor *b)
{
    return dl__apply3(&dl__op_pow_base, dy, a, b, NULL);
}

static dl_status exponent_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &exponent_loops, NULL);
}

/* in: dy, a, y. d(y ln(a))/da = y / a and d/dy = ln(a), both 0 where a is 0 and y finite. */
static dl_status exponent_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *a = c->in[1], *y = c->in[2];
    if (dl_call_wants(c, 0))
        dx[0] = exponent_gradient(g[0], a, y);
    if (!dl_call_wants(c, 1) && !dl_call_wants(c, 2))
        return c->ctx->status;
    dl_tensor *t = dl_mul(g[0], dy);
    if (dl_call_wants(c, 1))
        dx[1] = unless_zero(dl_mul(t, dl_div(y, a)), a, y);
    if (dl_call_wants(c, 2))
        dx[2] = unless_zero(dl_mul(t, dl_log(a)), a, y);
    return c->ctx->status;
}

const dl_op dl__op_pow_exponent = {.name = "pow_exponent",
                                   .saves_in = 7,
                                   .infer = dl__elementwise_infer,
                                   .forward = exponent_forward,
                                   .backward = exponent_backward,
                                   .replay_in = 3,
                                   .replay_out = 1};

static dl_tensor *exponent_gradient(dl_tensor *dy, dl_tensor *a, dl_tensor *y)
{
    return dl__apply3(&dl__op_pow_exponent, dy, a, y, NULL);
}

/* ---- the power ------------------------------------------------------------------------------- */

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &pow_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = base_gradient(dy[0], c->in[0], c->in[1]);
    if (dl_call_wants(c, 1))
        dx[1] = exponent_gradient(dy[0], c->in[0], c->out[0]);
    return c->ctx->status;
}

const dl_op dl__op_pow = {.name = "pow",
                          .saves_in = 3,
                          .saves_out = 1,
                          .infer = dl__elementwise_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 2,
                          .replay_out = 1};

dl_tensor *dl_pow(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_pow, a, b, NULL);
}
