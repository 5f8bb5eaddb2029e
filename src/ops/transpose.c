/* Two axes exchanged, a view. */
#include "ops/shape.h"

typedef struct transpose_attrs {
    int32_t axis0, axis1; /* >= 0 */
} transpose_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const transpose_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    out->dims[a->axis0] = x->dims[a->axis1];
    out->dims[a->axis1] = x->dims[a->axis0];
    out->strides[a->axis0] = x->strides[a->axis1];
    out->strides[a->axis1] = x->strides[a->axis0];
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const transpose_attrs *a = c->attrs;
    dx[0] = dl_transpose(dy[0], a->axis0, a->axis1);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(transpose_attrs, axis0, I32, 1),
                                DL__ATTR(transpose_attrs, axis1, I32, 1)};
const dl_op dl__op_transpose = {
    .name = "transpose",
    .attrs_size = sizeof(transpose_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_transpose(dl_tensor *x, int32_t axis0, int32_t axis1)
{
    if (!dl__ready(x))
        return NULL;
    transpose_attrs a;
    a.axis0 = dl__axis(x->base.ctx, "transpose", axis0, x->ndim);
    a.axis1 = a.axis0 < 0 ? -1 : dl__axis(x->base.ctx, "transpose", axis1, x->ndim);
    return a.axis1 < 0 ? NULL : dl__apply1(&dl__op_transpose, x, &a);
}
