/* Normalisation of each channel of each example: a group for each channel. */
#include "ops/norm.h"

const dl_op dl__op_instance_norm = DL__NORM_OP(instance_norm, groups);

dl_tensor *dl_instance_norm(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, double eps)
{
    char text[DL__SHAPE_TEXT];
    if (!dl__ready(x))
        return NULL;
    const int64_t n = x->ndim > 2 ? dl__elements(x->dims + 2, x->ndim - 2) : 1;
    if (x->ndim < 2 || x->dims[1] < 1 || x->dims[1] > INT32_MAX || n < 2) {
        dl_fail(x->base.ctx, DL_ESHAPE,
                "instance_norm: the input is %s, wanted [N, C, ..] with 1 to 2147483647 channels "
                "and at least 2 values for each channel of an example",
                dl__dims_text(text, x));
        return NULL;
    }
    const dl__norm_attrs a = {.eps = eps, .groups = (int32_t)x->dims[1], .want_dx = 1};
    return dl__norm_apply(&dl__op_instance_norm, x, weight, bias, &a);
}
