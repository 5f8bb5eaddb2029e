/* The gradients of cross-entropy, and theirs. */
#include <string.h>
#include "autograd/autograd.h"
#include "ops/cross_entropy.h"

/* ---- the target as a tensor, for gradients of gradients -------------------------------------- */

/* in: logits (their shape), target, weight or NULL, numbers. */
static dl_status like_logits(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[0]);
    return DL_OK;
}

static dl_status target_forward(const dl_call *c)
{
    const dl_tensor *x = c->in[0], *numbers = c->in[3];
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = dl__cross_entropy_kernel_arg(c, c->in[1]);
    arg.scale = 1 / dl__real_at(numbers, DL__CROSS_ENTROPY_NUMBERS * dl__n_rows(x));
    dl__cross_entropy_plan(&plan, c->out[0], x, c->in[1], c->in[2], numbers);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY_TARGET, x->dtype), &arg);
    return DL_OK;
}

const dl_op dl__op_cross_entropy_target = {.name = "cross_entropy_target",
                                           .attrs_size = sizeof(dl__cross_entropy_attrs),
                                           .attrs = dl__cross_entropy_attr_list,
                                           .n_attrs = 4,
                                           .infer = like_logits,
                                           .forward = target_forward};

/* Class weights as [C, 1, ..], to go along the classes. */
static dl_tensor *along_classes(dl_tensor *weight, const dl_tensor *logits)
{
    int64_t dims[DL_MAX_DIMS] = {weight->dims[0], 1, 1, 1, 1, 1, 1, 1};
    return dl_reshape(weight, dims, logits->ndim - dl__class_axis(logits));
}

/* What the loss of probabilities is multiplied with to be reduced. */
static double mean_scale(const dl__cross_entropy_attrs *a, const dl_tensor *logits)
{
    return 1 / dl__class_divisor(&a->c, logits, (double)dl__n_rows(logits));
}

/* q over the divisor, shaped like the logits. */
static dl_tensor *target_of(const dl_call *c, dl_tensor *logits, dl_tensor *target,
                            dl_tensor *weight, dl_tensor *numbers)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    dl_tensor *q = NULL;
    if (dl__is_label(target->dtype)) {
        dl_tensor *in[4] = {dl_detach(logits), target, weight, numbers};
        if (in[0])
            dl_apply(&dl__op_cross_entropy_target, in, 4, a, &q, 1);
        return q;
    }
    double classes = (double)logits->dims[dl__class_axis(logits)], scale = mean_scale(a, logits);
    q = dl_scale(target, scale * (1 - a->smoothing));
    if (a->smoothing > 0)
        q = dl_add_scalar(q, scale * a->smoothing / classes);
    return weight ? dl_mul(q, along_classes(weight, logits)) : q;
}

/* ---- gradients ------------------------------------------------------------------------------- */

static dl_tensor *sum_classes(dl_tensor *t)
{
    int64_t dims[DL_MAX_DIMS];
    if (!t)
        return NULL;
    memcpy(dims, t->dims, sizeof dims);
    dims[dl__class_axis(t)] = 1;
    return dl__sum_to(t, dims, t->ndim);
}

/* The gradient of the loss, one number or one for a row, to go with the logits. */
static dl_tensor *for_rows(const dl_call *c, dl_tensor *dy, const dl_tensor *logits)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    return a->c.reduction == DL_REDUCE_NONE ? dl_unsqueeze(dy, dl__class_axis(logits)) : dy;
}

/* d loss / d target_c = -dy w_c (1 - smoothing) log softmax(x)_c / divisor; t is log softmax(x), or
 * what stands for it. */
static dl_tensor *target_gradient(const dl_call *c, dl_tensor *t, dl_tensor *dy, dl_tensor *logits,
                                  dl_tensor *weight)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    t = dl_scale(dl_mul(t, for_rows(c, dy, logits)), -(1 - a->smoothing) * mean_scale(a, logits));
    return weight ? dl_mul(t, along_classes(weight, logits)) : t;
}

static dl_status backward_forward(const dl_call *c)
{
    const dl_tensor *dy = c->in[0], *x = c->in[1], *numbers = c->in[4];
    size_t size = dl_dtype_size(x->dtype);
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = dl__cross_entropy_kernel_arg(c, c->in[2]);
    arg.scale = 1 / dl__real_at(numbers, DL__CROSS_ENTROPY_NUMBERS * dl__n_rows(x));
    dl__cross_entropy_plan(&plan, c->out[0], x, c->in[2], c->in[3], numbers);
    if (dy->ndim == 0)
        dl__rows_add_same(&plan, dl__data(dy), 0, size);
    else
        dl__rows_add_one(&plan, dl__data(dy), dy->strides, size);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY_BACKWARD, x->dtype), &arg);
    return DL_OK;
}

static dl_status backward_infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[1]);
    return DL_OK;
}

/* in: dy, logits, target, weight or NULL, numbers. f = dy (A p - q) with p = softmax(x), A =
 * sum(q): (df/d(dy))^T g = sum(g (A p - q)),
 * (df/dx)^T g = p (h - sum(h p)) with h = g dy A,
 * (df/dt_c)^T g = dy w_c (1 - smoothing) (sum(g p) - g_c) / divisor. */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    dl_tensor *dy = c->in[0], *x = c->in[1], *weight = c->in[3];
    if (dl_call_wants(c, 3))
        return dl__refuse_class_weight(c);
    dl_tensor *q = target_of(c, x, c->in[2], weight, c->in[4]), *sum = sum_classes(q);
    dl_tensor *p = dl_softmax(x, dl__class_axis(x));
    if (dl_call_wants(c, 0)) {
        dx[0] = dl_mul(g[0], dl_sub(dl_mul(p, sum), q));
        if (a->c.reduction == DL_REDUCE_NONE)
            dx[0] = dl_squeeze(sum_classes(dx[0]), dl__class_axis(x));
    }
    if (dl_call_wants(c, 1)) {
        dl_tensor *h = dl_mul(dl_mul(g[0], for_rows(c, dy, x)), sum);
        dx[1] = dl_mul(p, dl_sub(h, sum_classes(dl_mul(h, p))));
    }
    if (dl_call_wants(c, 2))
        dx[2] = target_gradient(c, dl_sub(g[0], sum_classes(dl_mul(g[0], p))), dy, x, weight);
    return c->ctx->status;
}

const dl_op dl__op_cross_entropy_backward = {.name = "cross_entropy_backward",
                                             .attrs_size = sizeof(dl__cross_entropy_attrs),
                                             .attrs = dl__cross_entropy_attr_list,
                                             .n_attrs = 4,
                                             .saves_in = 31,
                                             .infer = backward_infer,
                                             .forward = backward_forward,
                                             .backward = backward_backward};

dl_status dl__cross_entropy_gradient(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *x = c->in[0], *weight = c->in[2];
    if (dl_call_wants(c, 2))
        return dl__refuse_class_weight(c);
    if (dl_call_wants(c, 0)) {
        dl_tensor *in[5] = {dy[0], x, c->in[1], weight, dl_detach(c->out[1])};
        if (in[4])
            dl_apply(&dl__op_cross_entropy_backward, in, 5, c->attrs, &dx[0], 1);
    }
    if (dl_call_wants(c, 1))
        dx[1] = target_gradient(c, dl_log_softmax(x, dl__class_axis(x)), dy[0], x, weight);
    return c->ctx->status;
}
