/* Averages over windows. They are linear: the gradient spreads dy over the windows, and that of the
 * gradient averages again. */
#include "ops/pooling.h"

static const dl_attr attrs[] = DL__POOL_ATTRS;

static dl_status spread_infer(const dl_call *c, dl_spec *out)
{
    const dl__pool_attrs *a = c->attrs;
    dl__spec_noted(out, c->in[0]->dtype, a->ndim, a->dims, a->strides);
    return DL_OK;
}

static dl_status spread_forward(const dl_call *c)
{
    return dl__pool_apply(c, DL__POOL_SPREAD, c->in[0], NULL);
}

static dl_status spread_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__pool_average(dy[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_avgpool_backward = {
    .name = "avgpool_backward",
    .attrs_size = sizeof(dl__pool_attrs),
    .attrs = attrs,
    .n_attrs = DL__POOL_ATTR_COUNT,
    .flags = DL_OP_ACCUMULATES,
    .infer = spread_infer,
    .forward = spread_forward,
    .backward = spread_backward,
};

static dl_status forward(const dl_call *c)
{
    return dl__pool_apply(c, DL__POOL_AVERAGE, c->in[0], NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__pool_attrs a = dl__pool_noted(c->attrs, c->in[0]);
    return dl__gradient(&dl__op_avgpool_backward, dy, 1, &a, &dx[0]);
}

const dl_op dl__op_avgpool = {
    .name = "avgpool",
    .attrs_size = sizeof(dl__pool_attrs),
    .attrs = attrs,
    .n_attrs = DL__POOL_ATTR_COUNT,
    .infer = dl__pool_infer,
    .forward = forward,
    .backward = backward,
    .replay_in = 1,
    .replay_out = 1,
};

dl_tensor *dl__pool_average(dl_tensor *x, const dl__pool_attrs *a)
{
    return dl__apply1(&dl__op_avgpool, x, a);
}

/* ---- the front doors ------------------------------------------------------------------------- */

#define AVERAGES(axes)                                                                             \
    dl_tensor *dl_avgpool##axes##d(dl_tensor *x, const int32_t *kernel, const dl_pool_opts *o)     \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return dl__pool_sliding(x, DL__POOL_AVG, axes, kernel, o, &a) ? dl__pool_average(x, &a)    \
                                                                      : NULL;                      \
    }                                                                                              \
    dl_tensor *dl_adaptive_avgpool##axes##d(dl_tensor *x, const int64_t *sizes)                    \
    {                                                                                              \
        dl__pool_attrs a;                                                                          \
        return dl__pool_adaptive(x, DL__POOL_AVG, axes, sizes, &a) ? dl__pool_average(x, &a)       \
                                                                   : NULL;                         \
    }
AVERAGES(1)
AVERAGES(2)
AVERAGES(3)
