/* y[.., j, ..] = x[.., index[j], ..]: rows of a table, for one. */
#include "ops/index.h"

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl__index_attrs *a = c->attrs;
    const dl_tensor *index = c->in[1];
    char text[DL__SHAPE_TEXT];
    if (dl__need_index(c, index) != DL_OK)
        return c->ctx->status;
    if (index->ndim != 1)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the index is %s, it wants one axis", c->op->name,
                       dl__dims_text(text, index));
    dl_tensor y = dl__tensor_value(c->in[0]);
    y.dims[a->axis] = index->dims[0];
    dl__spec_like(out, &y);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    return dl__index_take(c, c->in[0], c->in[1], c->attrs, c->out[0]);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl_call_wants(c, 0) ? dl__index_gradient(dy[0], c->in[1], c->attrs, &dx[0]) : DL_OK;
}

static const dl_attr attrs[] = DL__INDEX_ATTRS;
const dl_op dl__op_index_select = {
    .name = "index_select",
    .attrs_size = sizeof(dl__index_attrs),
    .attrs = attrs,
    .n_attrs = DL__INDEX_N_ATTRS,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl__index_taken(dl_tensor *x, dl_tensor *index, const dl__index_attrs *a)
{
    return a->select ? dl__apply2(&dl__op_index_select, x, index, a) : dl_gather(x, a->axis, index);
}

dl_tensor *dl_index_select(dl_tensor *x, int32_t axis, dl_tensor *index)
{
    dl__index_attrs a;
    return dl__index_attrs_of("index_select", x, axis, 1, &a)
               ? dl__apply2(&dl__op_index_select, x, index, &a)
               : NULL;
}
