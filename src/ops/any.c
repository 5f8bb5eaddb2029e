/* Whether any element is true. */
#include "ops/bools.h"

static dl_status forward(const dl_call *c)
{
    return dl__bools_forward(c, DL__MAX, 0);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_any = {
    .name = "any",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .flags = DL_OP_INTEGER_OUT,
    .infer = dl__bools_infer,
    .forward = forward,
};

dl_tensor *dl_any(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("any", x, axes, n_axes, keepdims, &a) ? dl__apply1(&dl__op_any, x, &a)
                                                             : NULL;
}
