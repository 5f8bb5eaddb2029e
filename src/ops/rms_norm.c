/* Division of rows by their root mean square: layer normalisation without the mean. */
#include "ops/norm.h"

const dl_op dl__op_rms_norm = DL__NORM_OP(rms_norm, rows);

dl_tensor *dl_rms_norm(dl_tensor *x, int32_t n_axes, dl_tensor *weight, double eps)
{
    const dl__norm_attrs a = {.eps = eps, .axes = n_axes, .no_mean = 1, .want_dx = 1};
    return dl__norm_apply(&dl__op_rms_norm, x, weight, NULL, &a);
}
