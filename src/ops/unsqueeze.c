/* A new axis of size 1, a view. */
#include "ops/shape.h"

typedef struct unsqueeze_attrs {
    int32_t axis; /* of the result, >= 0 */
} unsqueeze_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const unsqueeze_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    out->ndim = x->ndim + 1;
    for (int32_t i = a->axis; i < x->ndim; i++) {
        out->dims[i + 1] = x->dims[i];
        out->strides[i + 1] = x->strides[i];
    }
    /* What a row-major tensor would have here. */
    out->strides[a->axis] = a->axis < x->ndim ? x->dims[a->axis] * x->strides[a->axis] : 1;
    out->dims[a->axis] = 1;
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const unsqueeze_attrs *a = c->attrs;
    dx[0] = dl_squeeze(dy[0], a->axis);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(unsqueeze_attrs, axis, I32, 1)};
const dl_op dl__op_unsqueeze = {
    .name = "unsqueeze",
    .attrs_size = sizeof(unsqueeze_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_unsqueeze(dl_tensor *x, int32_t axis)
{
    if (!dl__ready(x))
        return NULL;
    if (x->ndim == DL_MAX_DIMS) {
        char text[DL__SHAPE_TEXT];
        dl_fail(x->base.ctx, DL_ELIMIT, "unsqueeze: %s has %d dimensions, at most %d are possible",
                dl__dims_text(text, x), (int)x->ndim, DL_MAX_DIMS);
        return NULL;
    }
    const unsqueeze_attrs a = {dl__axis(x->base.ctx, "unsqueeze", axis, x->ndim + 1)};
    return a.axis < 0 ? NULL : dl__apply1(&dl__op_unsqueeze, x, &a);
}
