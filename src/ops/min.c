/* Minima over axes. */
#include "ops/extreme.h"

static dl_status forward(const dl_call *c)
{
    return dl__extreme_forward(c, DL__MIN, DL__ARGMIN);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_min = {
    .name = "min",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .saves_out = 2,
    .infer = dl__extreme_infer,
    .forward = forward,
    .backward = dl__extreme_backward,
};

dl_tensor *dl_min(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    return dl__extreme_apply(&dl__op_min, x, axes, n_axes, keepdims);
}
