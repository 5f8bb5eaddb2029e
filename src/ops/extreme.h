/* What max, min, and the operations that say where they are, share. */
#ifndef DL_OPS_EXTREME_H
#define DL_OPS_EXTREME_H
#include "ops/axes.h"

/* Operations with dl__axes_attrs; out: the values, and, if there is a second one, their places. */
dl_status dl__extreme_infer(const dl_call *c, dl_spec *out);
/* value: DL__MAX or DL__MIN; place: DL__ARGMAX or DL__ARGMIN. */
dl_status dl__extreme_forward(const dl_call *c, int32_t value, int32_t place);
/* Needs the places: saves_out = 2. */
dl_status dl__extreme_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
/* op of x over axes: the values alone. */
dl_tensor *dl__extreme_apply(const dl_op *op, dl_tensor *x, const int32_t *axes, int32_t n_axes,
                             int32_t keepdims);
/* op of x along axis: both results. */
dl_status dl__extreme_along(const dl_op *op, dl_tensor *x, int32_t axis, int32_t keepdims,
                            dl_tensor **value, dl_tensor **index);
/* infer of the places alone. */
dl_status dl__arg_infer(const dl_call *c, dl_spec *out);
#endif
