/* log(sum(exp(x))) over axes, with the largest element taken out first. dx = dy exp(x - y). */
#include "ops/axes.h"

/* What is taken out: 0 where the largest is infinite, whose difference with itself is NaN. */
DL__LOOP1(base_loops, x - x == 0 || x != x ? x : 0)
DL__LOOP2(exp_loops, DL__EXP(a - b))
DL__LOOP2(log_loops, DL__LOG(a) + b)
/* Where every x is -inf, y is, too. */
DL__LOOP2(weight_loops, a == -(real)__builtin_inf() ? 0 : DL__EXP(a - b))

static dl_status weight_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &weight_loops, NULL);
}

static dl_status weight_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *d = dl_mul(dy[0], c->out[0]);
    if (dl_call_wants(c, 0))
        dx[0] = d;
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(d);
    return dl_ctx_status(c->ctx);
}

/* in: x, y. */
const dl_op dl__op_logsumexp_weight = {.name = "logsumexp_weight",
                                       .saves_out = 1,
                                       .infer = dl__elementwise_infer,
                                       .forward = weight_forward,
                                       .backward = weight_backward,
                                       .replay_in = 2,
                                       .replay_out = 1};

static dl_status infer(const dl_call *c, dl_spec *out)
{
    dl_status status = dl__need_float(c, 0);
    dl__axes_spec(c, c->in[0]->dtype, out);
    return status;
}

static dl_status forward(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    dl_tensor *x = c->in[0], *y = c->out[0], *base = dl__axes_like(y);
    if (!base)
        return dl_ctx_status(c->ctx);
    dl_tensor full = dl__axes_full(base, x, a->mask);
    dl_status status = dl__reduce_axes(DL__MAX, x, (uint32_t)a->mask, base);
    if (status == DL_OK) {
        dl__elementwise_run(base, &base, 1, &base_loops, NULL);
        status = dl__axes_reduce_map(DL__SUM, &exp_loops, NULL, x, &full, a->mask, y);
    }
    if (status == DL_OK)
        dl__elementwise_run(y, (dl_tensor *[]){y, base}, 2, &log_loops, NULL);
    dl_tensor_drop(base);
    return status;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *x = c->in[0], *y = dl__axes_back(c->out[0], x, c->attrs);
    dx[0] =
        dl_mul(dl__apply2(&dl__op_logsumexp_weight, x, y, NULL), dl__axes_back(dy[0], x, c->attrs));
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_logsumexp = {.name = "logsumexp",
                                .attrs_size = sizeof(dl__axes_attrs),
                                .attrs = attrs,
                                .n_attrs = 2,
                                .saves_in = 1,
                                .saves_out = 1,
                                .infer = infer,
                                .forward = forward,
                                .backward = backward,
                                .replay_in = 1,
                                .replay_out = 1};

dl_tensor *dl_logsumexp(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    return dl__axes_of("logsumexp", x, axes, n_axes, keepdims, &a)
               ? dl__apply1(&dl__op_logsumexp, x, &a)
               : NULL;
}
