/* x + s */
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("s", 0)};

DL__LOOP1(add_scalar_loops, x + s0)
DL__UNARY_FORWARD(forward, add_scalar_loops)

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dy[0];
    return c->ctx->status;
}

const dl_op dl__op_add_scalar = DL__UNARY_OP("add_scalar", 1, attrs, 1, 0, forward, backward);

dl_tensor *dl_add_scalar(dl_tensor *x, double s)
{
    return DL__UNARY_APPLY(add_scalar, x, s);
}
