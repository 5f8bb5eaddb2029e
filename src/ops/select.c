/* y[.., ..] = x[.., index, ..], a view. */
#include "ops/shape.h"

typedef struct select_attrs {
    int64_t index; /* >= 0 */
    int32_t axis;  /* >= 0 */
} select_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const select_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    out->ndim = x->ndim - 1;
    for (int32_t i = a->axis; i < out->ndim; i++) {
        out->dims[i] = x->dims[i + 1];
        out->strides[i] = x->strides[i + 1];
    }
    if (dl__count_of(x) > 0) /* an empty tensor has no memory to point into */
        out->offset += a->index * x->strides[a->axis];
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const select_attrs *a = c->attrs;
    dl_tensor *d = dl_unsqueeze(dy[0], a->axis);
    if (!d)
        return dl_ctx_status(c->ctx);
    return dl__slice_gradient(d, a->axis, c->in[0]->dims[a->axis], a->index, 1, &dx[0]);
}

static const dl_attr attrs[] = {DL__ATTR(select_attrs, axis, I32, 1),
                                DL__ATTR(select_attrs, index, I64, 1)};
const dl_op dl__op_select = {
    .name = "select",
    .attrs_size = sizeof(select_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_select(dl_tensor *x, int32_t axis, int64_t index)
{
    if (!dl__ready(x))
        return NULL;
    select_attrs a = {.axis = dl__axis(x->base.ctx, "select", axis, x->ndim)};
    if (a.axis < 0)
        return NULL;
    const int64_t n = x->dims[a.axis];
    if (index < -n || index >= n) {
        char text[DL__SHAPE_TEXT];
        dl__dims_text(text, x);
        if (n == 0)
            dl_fail(x->base.ctx, DL_EINVAL, "select: index %lld of axis %d of %s, which has none",
                    (long long)index, (int)a.axis, text);
        else
            dl_fail(x->base.ctx, DL_EINVAL,
                    "select: index %lld of axis %d of %s, wanted %lld to %lld", (long long)index,
                    (int)a.axis, text, (long long)-n, (long long)(n - 1));
        return NULL;
    }
    a.index = index < 0 ? index + n : index;
    return dl__apply1(&dl__op_select, x, &a);
}
