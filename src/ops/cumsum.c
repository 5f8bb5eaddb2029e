/* Running sums along an axis. dx is the running sum of dy from the other end. */
#include "kernels/scan.h"
#include "ops/axes.h"

typedef struct cumsum_attrs {
    int32_t axis;    /* >= 0 */
    int32_t reverse; /* 1: from the last element to the first */
} cumsum_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[0]);
    out->dtype = dl__reduce_dtype(DL__SUM, c->in[0]->dtype);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const cumsum_attrs *a = c->attrs;
    const dl_tensor *operand[] = {c->out[0], c->in[0]};
    dl__rows_plan plan;
    if (dl__count_of(c->in[0]) == 0)
        return DL_OK;
    dl__rows_begin(&plan, c->in[0]->dims, c->in[0]->ndim, a->axis);
    for (int32_t k = 0; k < 2; k++) {
        dl__rows_add(&plan, dl__data(operand[k]), operand[k]->strides,
                     dl_dtype_size(operand[k]->dtype), a->axis);
        if (a->reverse) {
            plan.data[k] += (plan.n - 1) * plan.along[k];
            plan.along[k] = -plan.along[k];
        }
    }
    dl__rows_run(c->ctx, &plan, dl__scan_kernel(c->in[0]->dtype), NULL);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    cumsum_attrs a = *(const cumsum_attrs *)c->attrs;
    a.reverse = !a.reverse;
    dx[0] = dl__apply1(c->op, dy[0], &a);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(cumsum_attrs, axis, I32, 1),
                                DL__ATTR(cumsum_attrs, reverse, I32, 1)};
const dl_op dl__op_cumsum = {
    .name = "cumsum",
    .attrs_size = sizeof(cumsum_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl_cumsum(dl_tensor *x, int32_t axis)
{
    if (!dl__ready(x))
        return NULL;
    const cumsum_attrs a = {.axis = dl__axis(x->base.ctx, "cumsum", axis, x->ndim)};
    return a.axis < 0 ? NULL : dl__apply1(&dl__op_cumsum, x, &a);
}
