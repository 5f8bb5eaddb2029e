/* The index of the first minimum along an axis. */
#include "ops/extreme.h"

static dl_status forward(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    return dl__reduce_axes(DL__ARGMIN, c->in[0], (uint32_t)a->mask, c->out[0]);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_argmin = {
    .name = "argmin",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .flags = DL_OP_INTEGER_OUT,
    .infer = dl__arg_infer,
    .forward = forward,
};

dl_tensor *dl_argmin(dl_tensor *x, int32_t axis, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("argmin", x, &axis, 1, keepdims, &a) ? dl__apply1(&dl__op_argmin, x, &a)
                                                            : NULL;
}
