/* Whether all elements are true. */
#include "ops/bools.h"

static dl_status forward(const dl_call *c)
{
    return dl__bools_forward(c, DL__MIN, 1);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_all = {
    .name = "all",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .flags = DL_OP_INTEGER_OUT,
    .infer = dl__bools_infer,
    .forward = forward,
};

dl_tensor *dl_all(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("all", x, axes, n_axes, keepdims, &a) ? dl__apply1(&dl__op_all, x, &a)
                                                             : NULL;
}
