/* y[i_order[0], i_order[1], ...] = x[i_0, i_1, ...], a view. */
#include "ops/shape.h"

typedef struct permute_attrs {
    int32_t order[DL_MAX_DIMS]; /* all >= 0 */
} permute_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const permute_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    for (int32_t i = 0; i < x->ndim; i++) {
        out->dims[i] = x->dims[a->order[i]];
        out->strides[i] = x->strides[a->order[i]];
    }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const permute_attrs *a = c->attrs;
    int32_t inverse[DL_MAX_DIMS];
    const int32_t ndim = c->in[0]->ndim;
    for (int32_t i = 0; i < ndim; i++)
        inverse[a->order[i]] = i;
    dx[0] = dl_permute(dy[0], inverse, ndim);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(permute_attrs, order, I32, DL_MAX_DIMS)};
const dl_op dl__op_permute = {
    .name = "permute",
    .attrs_size = sizeof(permute_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_permute(dl_tensor *x, const int32_t *order, int32_t ndim)
{
    permute_attrs a = {{0}};
    char text[DL__SHAPE_TEXT];
    uint32_t seen = 0;
    if (!dl__ready(x))
        return NULL;
    if (ndim != x->ndim || (ndim > 0 && !order)) {
        dl_fail(x->base.ctx, DL_EINVAL, "permute: %d axes for %s, wanted %d",
                (int)(order ? ndim : 0), dl__dims_text(text, x), (int)x->ndim);
        return NULL;
    }
    for (int32_t i = 0; i < ndim; i++) {
        const int32_t axis = dl__axis(x->base.ctx, "permute", order[i], ndim);
        if (axis < 0)
            return NULL;
        if (seen >> axis & 1) {
            dl_fail(x->base.ctx, DL_EINVAL, "permute: axis %d twice, wanted each axis of %s once",
                    (int)axis, dl__dims_text(text, x));
            return NULL;
        }
        seen |= 1u << axis;
        a.order[i] = axis;
    }
    return dl__apply1(&dl__op_permute, x, &a);
}
