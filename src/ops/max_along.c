/* Maxima along one axis, and where they are. */
#include "ops/extreme.h"

static dl_status forward(const dl_call *c)
{
    return dl__extreme_forward(c, DL__MAX, DL__ARGMAX);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_max_along = {
    .name = "max_along",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .saves_out = 2,
    .infer = dl__extreme_infer,
    .forward = forward,
    .backward = dl__extreme_backward,
};

dl_status dl_max_along(dl_tensor *x, int32_t axis, int32_t keepdims, dl_tensor **value,
                       dl_tensor **index)
{
    return dl__extreme_along(&dl__op_max_along, x, axis, keepdims, value, index);
}
