/* Variance in two passes: the mean, then the squares of d = x - mean. The mean is rounded, so d has
 * a small mean of its own; taking that out of the squares keeps all digits of an x far from 0
 * (Chan, Golub and LeVeque, The American Statistician 1983). */
#include "ops/variance.h"
#include "ops/magnitude.h"

DL__LOOP1(divide, x / s0)
DL__LOOP2(subtract, a - b)
DL__LOOP1(root, DL__SQRT(x))
DL__LOOP2(part, a / b)
DL__LOOP2(scaled, a *b *b)
DL__LOOP2(scaled_deviation, a *b)
/* a: sum of d^2, b: sum of d, s0: n, s1: n - correction. */
DL__LOOP2(finish, (a - b * b / s0 < 0 ? 0 : a - b * b / s0) / s1)

/* What the squares are divided by. */
static double divisor(const dl_call *c)
{
    const dl__variance_attrs *a = c->attrs;
    const int64_t n = dl__axes_count(c->in[0], &a->axes);
    return n > a->correction ? (double)(n - a->correction) : 0;
}

dl_status dl__variance_infer(const dl_call *c, dl_spec *out)
{
    dl_status status = dl__need_float(c, 0);
    dl__axes_spec(c, c->in[0]->dtype, out);
    return status;
}

/* The variance of x, with m and d, memory like y and like x; d may be x. */
static dl_status run(const dl_call *c, dl_tensor *x, dl_tensor *m, dl_tensor *d)
{
    const dl__axes_attrs *a = c->attrs;
    dl_tensor *y = c->out[0];
    const double n[DL__ARGS] = {(double)dl__axes_count(x, a), divisor(c)};
    dl_tensor full = dl__axes_full(m, x, a->mask);
    dl_status status = dl__reduce_axes(DL__SUM, x, (uint32_t)a->mask, m);
    if (status != DL_OK)
        return status;
    dl__elementwise_run(m, &m, 1, &divide, n);
    dl__elementwise_run(d, (dl_tensor *[]){x, &full}, 2, &subtract, NULL);
    status = dl__reduce_axes(DL__SUM, d, (uint32_t)a->mask, m);
    if (status == DL_OK)
        status = dl__reduce_axes(DL__SUMSQ, d, (uint32_t)a->mask, y);
    if (status == DL_OK)
        dl__elementwise_run(y, (dl_tensor *[]){y, m}, 2, &finish, n);
    return status;
}

/* The same of x / base, with x near the ends of the range, where a sum or a square leaves it. The
 * bits of a result that did not need this stay the same. */
static dl_status run_scaled(const dl_call *c, dl_tensor *m, dl_tensor *d, int deviation)
{
    const dl__axes_attrs *a = c->attrs;
    dl_tensor *x = c->in[0], *y = c->out[0], *base = dl__axes_like(y);
    if (!base)
        return dl_ctx_status(c->ctx);
    dl_tensor full = dl__axes_full(base, x, a->mask);
    dl_status status = dl__magnitude_power(x, a->mask, base);
    if (status == DL_OK) {
        dl__elementwise_run(d, (dl_tensor *[]){x, &full}, 2, &part, NULL);
        status = run(c, d, m, d);
    }
    if (status == DL_OK && deviation)
        dl__elementwise_run(y, &y, 1, &root, NULL);
    if (status == DL_OK)
        dl__elementwise_run(y, (dl_tensor *[]){y, base}, 2, deviation ? &scaled_deviation : &scaled,
                            NULL);
    dl_tensor_drop(base);
    return status;
}

dl_status dl__variance_forward(const dl_call *c, int deviation)
{
    const dl__shape shape = dl__dense_like(c->in[0]);
    dl_tensor *y = c->out[0], *m = dl__axes_like(y);
    dl_tensor *d = m ? dl__tensor_new(c->ctx, &shape, 0) : NULL;
    dl_status status = d ? run(c, c->in[0], m, d) : dl_ctx_status(c->ctx);
    if (status == DL_OK && !dl__squares_in_range(y))
        status = run_scaled(c, m, d, deviation);
    else if (status == DL_OK && deviation)
        dl__elementwise_run(y, &y, 1, &root, NULL);
    dl_tensor_drop(m);
    dl_tensor_drop(d);
    return status;
}

/* x without its mean. */
static dl_tensor *centered(dl_tensor *x, int32_t mask)
{
    int32_t axes[DL_MAX_DIMS];
    const int32_t n = dl__axes_list(mask, axes);
    return dl_sub(x, dl_mean(x, axes, n, 1));
}

/* dx = 2 dy (x - mean) / (n - correction). */
dl_status dl__variance_backward(const dl_call *c, dl_tensor *dy, dl_tensor **dx)
{
    const dl__variance_attrs *a = c->attrs;
    dl_tensor *x = c->in[0];
    if (dl__count_of(x) == 0) { /* there may be no mean, and is nothing to fill */
        *dx = dl_scale(x, 0);
        return dl_ctx_status(c->ctx);
    }
    dl_tensor *d = centered(centered(x, a->axes.mask), a->axes.mask);
    *dx = dl_mul(d, dl__axes_back(dl_scale(dy, 2 / divisor(c)), x, &a->axes));
    return dl_ctx_status(c->ctx);
}

dl_tensor *dl__variance_apply(const dl_op *op, dl_tensor *x, const int32_t *axes, int32_t n_axes,
                              int32_t keepdims, int32_t correction)
{
    dl__variance_attrs a = {.correction = correction};
    if (!dl__axes_of(op->name, x, axes, n_axes, keepdims, &a.axes))
        return NULL;
    if (correction < 0) {
        dl_fail(x->base.ctx, DL_EINVAL, "%s: correction is %d, wanted 0 or more", op->name,
                (int)correction);
        return NULL;
    }
    return dl__apply1(op, x, &a);
}
