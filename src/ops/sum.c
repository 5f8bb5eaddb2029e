/* Sums over axes. dx = dy, repeated. */
#include "ops/axes.h"

static dl_status infer(const dl_call *c, dl_spec *out)
{
    dl__axes_spec(c, dl__reduce_dtype(DL__SUM, c->in[0]->dtype), out);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    return dl__reduce_axes(DL__SUM, c->in[0], (uint32_t)a->mask, c->out[0]);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__axes_gradient(dy[0], c, &dx[0]);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_sum = {.name = "sum",
                          .attrs_size = sizeof(dl__axes_attrs),
                          .attrs = attrs,
                          .n_attrs = 2,
                          .infer = infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 1,
                          .replay_out = 1};

dl_tensor *dl_sum(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("sum", x, axes, n_axes, keepdims, &a) ? dl__apply1(&dl__op_sum, x, &a)
                                                             : NULL;
}
