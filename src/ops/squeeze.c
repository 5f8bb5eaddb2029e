/* An axis of size 1 goes away, a view. */
#include "ops/shape.h"

typedef struct squeeze_attrs {
    int32_t axis; /* >= 0 */
} squeeze_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const squeeze_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    if (x->dims[a->axis] != 1) {
        char text[DL__SHAPE_TEXT];
        return dl_fail(c->ctx, DL_ESHAPE, "squeeze: axis %d of %s has size %lld, wanted 1",
                       (int)a->axis, dl__dims_text(text, x), (long long)x->dims[a->axis]);
    }
    dl__spec_view(c, out);
    out->ndim = x->ndim - 1;
    for (int32_t i = a->axis; i < out->ndim; i++) {
        out->dims[i] = x->dims[i + 1];
        out->strides[i] = x->strides[i + 1];
    }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const squeeze_attrs *a = c->attrs;
    dx[0] = dl_unsqueeze(dy[0], a->axis);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(squeeze_attrs, axis, I32, 1)};
const dl_op dl__op_squeeze = {
    .name = "squeeze",
    .attrs_size = sizeof(squeeze_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_squeeze(dl_tensor *x, int32_t axis)
{
    if (!dl__ready(x))
        return NULL;
    const squeeze_attrs a = {dl__axis(x->base.ctx, "squeeze", axis, x->ndim)};
    return a.axis < 0 ? NULL : dl__apply1(&dl__op_squeeze, x, &a);
}
