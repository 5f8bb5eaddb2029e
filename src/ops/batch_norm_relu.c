/* Batch normalisation, what is added to it, and ReLU in one pass; backward one for the sums, which
 * leaves the gradient that passes ReLU, and one for dx. ReLU's input is never kept: where y > 0, it
 * was. */
#include "core/memory.h"
#include "ops/batch_norm.h"

extern const dl_op dl__op_relu_backward;

static dl_status need_skip(const dl_call *c, int32_t i)
{
    const dl_tensor *x = c->in[0], *skip = c->in[i];
    char a[DL__SHAPE_TEXT], b[DL__SHAPE_TEXT];
    if (!skip || (dl__same_shape(x, skip) && dl__need_same_dtype(c, 0, i) == DL_OK))
        return c->ctx->status;
    return dl_fail(c->ctx, DL_ESHAPE, "%s: the input is %s, what is added to it %s", c->op->name,
                   dl__dims_text(a, x), dl__dims_text(b, skip));
}

dl_status dl__batch_norm_kind(dl__norm_planes *p, const dl_call *c, int32_t i, int *kind)
{
    *kind = DL__PLANES_FORWARD;
    if (i >= c->n_in)
        return DL_OK;
    *kind = c->in[i] ? DL__PLANES_FORWARD_ADD_RELU : DL__PLANES_FORWARD_RELU;
    return c->in[i] ? dl__norm_planes_add(p, 2, c->in[i]) : DL_OK;
}

/* dy where y, result 0 of c, is above 0. */
static dl_tensor *passed(const dl_call *c, dl_tensor *dy)
{
    return dl__apply2(&dl__op_relu_backward, dy, c->out[0], NULL);
}

/* ---- gradients with the statistics of the batch ---------------------------------------------- */

/* in: dy, x, weight or NULL, numbers, y. out: dx, dw, db, and, where there are four, the gradient
 * that passes ReLU. */
static dl_status backward_infer(const dl_call *c, dl_spec *out)
{
    if (c->n_out > 3)
        dl__spec_like(&out[3], c->in[1]);
    return dl__norm_backward_infer(c, out);
}

/* The gradient that passes ReLU, into t, and the sums over it. */
static dl_status reduce(const dl_call *c, dl_tensor *t, double *sum)
{
    dl__norm_planes p;
    dl_status s = dl__norm_planes_begin(&p, c->in[1], 1, 2, DL__NORM_CHANNELS);
    if (s == DL_OK)
        s = dl__norm_planes_add(&p, 2, c->in[0]);
    if (s == DL_OK)
        s = dl__norm_planes_add(&p, 3, c->in[4]);
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, t);
    if (s == DL_OK)
        s = dl__planes_sum(c->ctx, p.dtype, DL__PLANES_BACKWARD_RELU, &p.v,
                           (const double *)(const void *)dl__data(c->in[3]), NULL, sum);
    dl__norm_planes_end(&p);
    return s;
}

/* dx from t, which may be dx. */
static dl_status apply(const dl_call *c, dl_tensor *t, const double *num)
{
    dl__norm_planes p;
    dl_status s = dl__norm_planes_begin(&p, c->in[1], 1, 2, DL__NORM_CHANNELS);
    if (s == DL_OK)
        s = dl__norm_planes_add(&p, 2, t);
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK)
        dl__planes_map(c->ctx, p.dtype, DL__PLANES_GRADIENT, &p.v, num);
    dl__norm_planes_end(&p);
    return s;
}

static dl_status backward_forward(const dl_call *c)
{
    const int64_t n = c->in[1]->dims[1];
    double *num = dl__alloc(c->ctx, (size_t)n * (DL__PLANES_NUMBERS + 2) * sizeof *num);
    double *sum = num ? num + n * DL__PLANES_NUMBERS : NULL;
    dl_tensor *t = c->out[c->n_out > 3 ? 3 : 0];
    dl_status s = num ? reduce(c, t, sum) : DL_ENOMEM;
    if (s == DL_OK) {
        dl__batch_norm_backward_numbers(c, sum, num);
        s = apply(c, t, num);
    }
    dl__free(num);
    return s;
}

/* Without a gradient of its own: where that may be asked for, operations that have one run. */
const dl_op dl__op_batch_norm_relu_backward = {.name = "batch_norm_relu_backward",
                                               .attrs_size = sizeof(dl__norm_attrs),
                                               .attrs = dl__norm_attr_list,
                                               .n_attrs = DL__NORM_ATTR_COUNT,
                                               .infer = backward_infer,
                                               .forward = backward_forward};

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *grads[4] = {NULL}, *in[5] = {dy[0], c->in[0], c->in[1], c->out[3], c->out[0]};
    const int32_t skips = dl_call_wants(c, 3) != 0;
    if (dy[0] && c->ctx->grad_off && dl_call_wants(c, 0)) {
        if (dl_apply(&dl__op_batch_norm_relu_backward, in, 5, c->attrs, grads, 3 + skips) != DL_OK)
            return c->ctx->status;
        grads[0] = dl__batch_norm_statistics_gradient(c, dy, grads[0]);
        for (int32_t i = 0; i < 4; i++)
            if (dl_call_wants(c, i) && grads[i])
                dx[i] = grads[i];
        return c->ctx->status;
    }
    dl_tensor *d = dy[0] ? passed(c, dy[0]) : NULL;
    if (skips && d)
        dx[3] = d;
    return dl__batch_norm_gradients(c, (dl_tensor *const[]){d, dy[1], dy[2]}, dx);
}

/* in: x, weight or NULL, bias or NULL, skip or NULL. out: as batch_norm. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl_status s = dl__batch_norm_infer(c, out);
    return s == DL_OK ? need_skip(c, 3) : s;
}

const dl_op dl__op_batch_norm_relu = {.name = "batch_norm_relu",
                                      .attrs_size = sizeof(dl__norm_attrs),
                                      .attrs = dl__norm_attr_list,
                                      .n_attrs = DL__NORM_ATTR_COUNT,
                                      .saves_in = 3,
                                      .saves_out = 9,
                                      .infer = infer,
                                      .forward = dl__batch_norm_forward,
                                      .backward = backward};

dl_tensor *dl__batch_norm_relu(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, dl_tensor *skip,
                               double eps, dl_tensor **mean, dl_tensor **var)
{
    dl_tensor *const in[4] = {x, weight, bias, skip};
    return dl__batch_norm_apply(&dl__op_batch_norm_relu, in, 4, eps, mean, var);
}

/* ---- with given statistics ------------------------------------------------------------------- */

/* in: x, mean, var, weight or NULL, bias or NULL, skip or NULL. */
static dl_status eval_infer(const dl_call *c, dl_spec *out)
{
    const dl_status s = dl__batch_norm_eval_infer(c, out);
    return s == DL_OK ? need_skip(c, 5) : s;
}

static dl_status eval_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *d = passed(c, dy[0]);
    if (!d)
        return c->ctx->status;
    if (dl_call_wants(c, 5))
        dx[5] = d;
    return dl__batch_norm_eval_backward(c, &d, dx);
}

const dl_op dl__op_batch_norm_eval_relu = {.name = "batch_norm_eval_relu",
                                           .attrs_size = sizeof(dl__norm_attrs),
                                           .attrs = dl__norm_attr_list,
                                           .n_attrs = DL__NORM_ATTR_COUNT,
                                           .saves_in = 15,
                                           .saves_out = 1,
                                           .infer = eval_infer,
                                           .forward = dl__batch_norm_eval_forward,
                                           .backward = eval_backward};

dl_tensor *dl__batch_norm_eval_relu(dl_tensor *x, dl_tensor *weight, dl_tensor *bias,
                                    dl_tensor *mean, dl_tensor *var, dl_tensor *skip, double eps)
{
    dl_tensor *const in[6] = {x, mean, var, weight, bias, skip};
    dl_tensor *y = NULL;
    if (!dl__ready(x) || !mean || !var || !dl__norm_eps(x->base.ctx, "batch_norm_eval", eps))
        return NULL;
    const dl__norm_attrs a = {.eps = eps};
    dl_apply(&dl__op_batch_norm_eval_relu, in, 6, &a, &y, 1);
    return y;
}
