/* y[i][j][k] = x[index[i][j][k]][j][k] along axis 0, and so on for the others. */
#include "ops/index.h"

static dl_status infer(const dl_call *c, dl_spec *out)
{
    if (dl__index_fits(c, 1, c->in[0]) != DL_OK)
        return c->ctx->status;
    dl__spec_like(out, c->in[1]);
    out->dtype = c->in[0]->dtype;
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
const dl_op dl__op_gather = {
    .name = "gather",
    .attrs_size = sizeof(dl__index_attrs),
    .attrs = attrs,
    .n_attrs = DL__INDEX_N_ATTRS,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl_gather(dl_tensor *x, int32_t axis, dl_tensor *index)
{
    dl__index_attrs a;
    return dl__index_attrs_of("gather", x, axis, 0, &a) ? dl__apply2(&dl__op_gather, x, index, &a)
                                                        : NULL;
}
