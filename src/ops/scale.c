/* x s */
#include "autograd/elementwise.h"
#include "dl/ops.h"

typedef struct attrs {
    double s;
} attrs;

static const dl_attr attr_list[] = {{"s", DL_ATTR_F64, offsetof(attrs, s), 1}};

DL__LOOP1(scale_loops, x *s0)

static dl_status forward(const dl_call *c)
{
    const attrs *a = c->attrs;
    const double scalars[DL__ARGS] = {a->s};
    return dl__elementwise_forward(c, &scale_loops, scalars);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const attrs *a = c->attrs;
    dx[0] = dl_scale(dy[0], a->s);
    return c->ctx->status;
}

const dl_op dl__op_scale = {.name = "scale",
                            .attrs_size = sizeof(attrs),
                            .attrs = attr_list,
                            .n_attrs = 1,
                            .infer = dl__elementwise_infer,
                            .forward = forward,
                            .backward = backward,
                            .replay_in = 1,
                            .replay_out = 1};

dl_tensor *dl_scale(dl_tensor *x, double s)
{
    const attrs a = {s};
    return dl__apply1(&dl__op_scale, x, &a);
}
