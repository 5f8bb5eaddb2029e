/* Means over axes: the sum over n elements, divided by n. dx = dy / n, repeated. */
#include "ops/axes.h"

DL__LOOP1(divide, x / s0)

static dl_status infer(const dl_call *c, dl_spec *out)
{
    dl_status status = dl__need_float(c, 0);
    if (status == DL_OK)
        status = dl__axes_need_elements(c);
    dl__axes_spec(c, c->in[0]->dtype, out);
    return status;
}

static dl_status forward(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    dl_tensor *y = c->out[0];
    const double n = (double)dl__axes_count(c->in[0], a);
    dl_status status = dl__reduce_axes(DL__SUM, c->in[0], (uint32_t)a->mask, y);
    if (status == DL_OK)
        dl__elementwise_run(y, &y, 1, &divide, &n);
    return status;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const int64_t n = dl__axes_count(c->in[0], c->attrs); /* 0 only where dy is empty too */
    return dl__axes_gradient(dl_scale(dy[0], 1 / (double)(n > 0 ? n : 1)), c, &dx[0]);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_mean = {.name = "mean",
                           .attrs_size = sizeof(dl__axes_attrs),
                           .attrs = attrs,
                           .n_attrs = 2,
                           .infer = infer,
                           .forward = forward,
                           .backward = backward,
                           .replay_in = 1,
                           .replay_out = 1};

dl_tensor *dl_mean(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("mean", x, axes, n_axes, keepdims, &a) ? dl__apply1(&dl__op_mean, x, &a)
                                                              : NULL;
}
