/* x s */
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("s", 0)};

DL__LOOP1(scale_loops, x *s0)
DL__UNARY_FORWARD(forward, scale_loops)

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(c->op, dy[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_scale = DL__UNARY_OP("scale", 1, attrs, 1, 0, forward, backward);

dl_tensor *dl_scale(dl_tensor *x, double s)
{
    return DL__UNARY_APPLY(scale, x, s);
}
