/* x with src added at the places that index names: y[index[i][j]][j] += src[i][j] along axis 0. */
#include "ops/index.h"

/* in: x, index, src. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0], *index = c->in[1], *src = c->in[2];
    char of_index[DL__SHAPE_TEXT], of_src[DL__SHAPE_TEXT];
    if (x->dtype == DL_BOOL)
        return dl_fail(c->ctx, DL_EDTYPE, "%s: x is bool, which cannot be added", c->op->name);
    if (dl__need_same_dtype(c, 0, 2) != DL_OK || dl__index_fits(c, 1, x) != DL_OK)
        return c->ctx->status;
    if (!dl__same_shape(index, src))
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the index is %s and src is %s, wanted one shape",
                       c->op->name, dl__dims_text(of_index, index), dl__dims_text(of_src, src));
    dl__spec_like(out, x);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    dl__copy_elements(c->out[0], c->in[0]);
    return dl__index_put(c, c->out[0], c->in[1], c->attrs, c->in[2]);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__index_attrs *a = c->attrs;
    if (dl_call_wants(c, 0))
        dx[0] = dy[0];
    if (dl_call_wants(c, 2))
        dx[2] = dl_gather(dy[0], a->axis, c->in[1]);
    return c->ctx->status;
}

static const dl_attr attrs[] = DL__INDEX_ATTRS;
const dl_op dl__op_scatter_add = {
    .name = "scatter_add",
    .attrs_size = sizeof(dl__index_attrs),
    .attrs = attrs,
    .n_attrs = DL__INDEX_N_ATTRS,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl_scatter_add(dl_tensor *x, int32_t axis, dl_tensor *index, dl_tensor *src)
{
    dl__index_attrs a;
    return dl__index_attrs_of("scatter_add", x, axis, 0, &a)
               ? dl__apply3(&dl__op_scatter_add, x, index, src, &a)
               : NULL;
}
