/* Maxima over windows. While recording, where they are is a second result: dx is dy there, and 0
 * elsewhere. */
#include "autograd/autograd.h"
#include "ops/pooling.h"

static const dl_attr attrs[] = DL__POOL_ATTRS;

/* ---- the gradient, and that of the gradient -------------------------------------------------- */

static dl_status put_infer(const dl_call *c, dl_spec *out)
{
    const dl__pool_attrs *a = c->attrs;
    dl__spec_noted(out, c->in[0]->dtype, a->ndim, a->dims, a->strides);
    return DL_OK;
}

static dl_status put_forward(const dl_call *c)
{
    return dl__pool_apply(c, DL__POOL_MAX_SPREAD, c->in[0], c->in[1]);
}

/* Elements of x by the number in their plane; shaped as index. */
static dl_tensor *take(dl_tensor *x, dl_tensor *index)
{
    int64_t planes[3] = {x->dims[0], x->dims[1], dl__elements(x->dims + 2, x->ndim - 2)};
    dl_tensor *flat = dl_reshape(x, planes, 3);
    planes[2] = dl__elements(index->dims + 2, index->ndim - 2);
    dl_tensor *taken = dl_gather(flat, 2, dl_reshape(index, planes, 3));
    return dl_reshape(taken, index->dims, index->ndim);
}

static dl_status put_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = take(dy[0], c->in[1]);
    return c->ctx->status;
}

/* in: dy, index. */
const dl_op dl__op_maxpool_backward = {
    .name = "maxpool_backward",
    .attrs_size = sizeof(dl__pool_attrs),
    .attrs = attrs,
    .n_attrs = DL__POOL_ATTR_COUNT,
    .flags = DL_OP_ACCUMULATES,
    .saves_in = 2,
    .infer = put_infer,
    .forward = put_forward,
    .backward = put_backward,
};

/* ---- the maxima ------------------------------------------------------------------------------ */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl__pool_attrs *a = c->attrs;
    const dl_status status = dl__pool_infer(c, &out[0]);
    if (c->n_out > 1) {
        out[1] = out[0];
        out[1].dtype = a->wide ? DL_I64 : DL_I32;
    }
    return status;
}

static dl_status forward(const dl_call *c)
{
    return c->n_out > 1 ? dl__pool_apply(c, DL__POOL_MAX_INDEX, c->in[0], c->out[1])
                        : dl__pool_apply(c, DL__POOL_MAX, c->in[0], NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__pool_attrs a = dl__pool_noted(c->attrs, c->in[0]);
    dl_tensor *const in[] = {dy[0], c->out[1]};
    return dl__gradient(&dl__op_maxpool_backward, in, 2, &a, &dx[0]);
}

const dl_op dl__op_maxpool = {
    .name = "maxpool",
    .attrs_size = sizeof(dl__pool_attrs),
    .attrs = attrs,
    .n_attrs = DL__POOL_ATTR_COUNT,
    .saves_out = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl__pool_max(dl_tensor *x, const dl__pool_attrs *a)
{
    dl_tensor *out[2] = {NULL, NULL};
    if (x)
        dl_apply(&dl__op_maxpool, &x, 1, a, out, dl__recording(x->base.ctx, &x, 1) ? 2 : 1);
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}

/* Both results; ready: a is filled. */
static dl_status both(dl_tensor *x, int ready, dl__pool_attrs *a, dl_tensor **y, dl_tensor **index)
{
    dl_tensor *out[2] = {NULL, NULL};
    a->wide = 1;
    if (ready)
        dl_apply(&dl__op_maxpool, &x, 1, a, out, 2);
    return dl__hand_out(x, out, y, index);
}

/* ---- the front doors ------------------------------------------------------------------------- */

#define MAXIMA(axes)                                                                               \
    dl_tensor *dl_maxpool##axes##d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o)     \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return dl__pool_sliding(x, DL__POOL_MAXIMA, axes, kernel, o, &a) ? dl__pool_max(x, &a)     \
                                                                         : NULL;                   \
    }                                                                                              \
    dl_status dl_maxpool##axes##d_index(dl_tensor *x, const int32_t *kernel,                       \
                                        const dl_pool_opts *o, dl_tensor **y, dl_tensor **index)   \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return both(x, dl__pool_sliding(x, DL__POOL_MAXIMA, axes, kernel, o, &a), &a, y, index);   \
    }                                                                                              \
    dl_tensor *dl_adaptive_maxpool##axes##d(dl_tensor *x, const int64_t *sizes)                    \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return dl__pool_adaptive(x, DL__POOL_MAXIMA, axes, sizes, &a) ? dl__pool_max(x, &a)        \
                                                                      : NULL;                      \
    }                                                                                              \
    dl_status dl_adaptive_maxpool##axes##d_index(dl_tensor *x, const int64_t *sizes,               \
                                                 dl_tensor **y, dl_tensor **index)                 \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return both(x, dl__pool_adaptive(x, DL__POOL_MAXIMA, axes, sizes, &a), &a, y, index);      \
    }
MAXIMA(1)
MAXIMA(2)
MAXIMA(3)
