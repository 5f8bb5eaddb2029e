/* Minima along one axis, and where they are. */
#include "ops/extreme.h"

static dl_status forward(const dl_call *c)
{
    return dl__extreme_forward(c, DL__MIN, DL__ARGMIN);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_min_along = {
    .name = "min_along",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .saves_out = 2,
    .infer = dl__extreme_infer,
    .forward = forward,
    .backward = dl__extreme_backward,
};

dl_status dl_min_along(dl_tensor *x, int32_t axis, int32_t keepdims, dl_tensor **value,
                       dl_tensor **index)
{
    return dl__extreme_along(&dl__op_min_along, x, axis, keepdims, value, index);
}
