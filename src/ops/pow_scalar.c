/* x^p, by core/math.h; the powers -1, 1, 2 and 3 by products. f' = p x^(p - 1) is an operation of
 * this kind again, so that derivatives of all orders are there. */
#include "ops/shape.h"
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("p", 0)};

DL__LOOP1(power, DL__POW(x, s0))
DL__LOOP1(inverse, 1 / x)
DL__LOOP1(same, x)
DL__LOOP1(square, x *x)
DL__LOOP1(cube, x *x *x)

const dl__loops *dl__power_loops(double p)
{
    return p == -1 ? &inverse : p == 1 ? &same : p == 2 ? &square : p == 3 ? &cube : &power;
}

static dl_status forward(const dl_call *c)
{
    const dl__unary_attrs *a = c->attrs;
    return dl__elementwise_forward(c, dl__power_loops(a->s[0]), a->s);
}

/* dx = dy p x^(p - 1); 0 for p = 0, also where x^-1 is infinite. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__unary_attrs *a = c->attrs;
    const double p = a->s[0];
    if (p == 0)
        return dl__unary_flat(c, dy, dx);
    dx[0] = dl_mul(dy[0], dl_scale(dl_pow_scalar(c->in[0], p - 1), p));
    return c->ctx->status;
}

const dl_op dl__op_pow_scalar = DL__UNARY_OP("pow_scalar", 1, attrs, 1, 1, forward, backward);

dl_tensor *dl_pow_scalar(dl_tensor *x, double p)
{
    if (dl__ready(x) && p != p) {
        dl_fail(x->base.ctx, DL_EINVAL, "pow_scalar: p is nan, it wants a number");
        return NULL;
    }
    return DL__UNARY_APPLY(pow_scalar, x, p);
}
