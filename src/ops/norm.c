/* (sum |x|^p)^(1/p) over axes. dx = dy sign(x) (|x| / y)^(p - 1), 0 where y is. */
#include <math.h>
#include "ops/magnitude.h"
#include "ops/ratio.h"
#include "ops/unary.h"

typedef struct norm_attrs {
    dl__axes_attrs axes; /* first: what takes these reads the attributes, too */
    double p;            /* finite */
} norm_attrs;

DL__LOOP1(absolute, DL__FABS(x))
DL__LOOP1(not_zero, x != 0 ? 1 : 0)
DL__LOOP1(root, DL__SQRT(x))
DL__LOOP2(part, a / b)
DL__LOOP2(scaled_root, DL__SQRT(a) * b)
DL__LOOP2(power, DL__POW(DL__FABS(a) / b, s0))
DL__LOOP2(scaled_power, DL__POW(a, s0) * b)

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const norm_attrs *a = c->attrs;
    dl_status status = dl__need_float(c, 0);
    if (status == DL_OK && (a->p < 0 || isinf(a->p)))
        status = dl__axes_need_elements(c);
    dl__axes_spec(c, c->in[0]->dtype, out);
    return status;
}

/* ---- p = 2 ----------------------------------------------------------------------------------- */

/* The squares of x / base instead, for x near the ends of the range. The bits of a result that did
 * not need this stay the same. */
static dl_status euclid_scaled(const dl_call *c, dl_tensor *base)
{
    const norm_attrs *a = c->attrs;
    dl_tensor *y = c->out[0], full = dl__axes_full(base, c->in[0], a->axes.mask);
    dl_status status = dl__magnitude_power(c->in[0], a->axes.mask, base);
    if (status == DL_OK)
        status = dl__axes_reduce_map(DL__SUMSQ, &part, NULL, c->in[0], &full, a->axes.mask, y);
    if (status == DL_OK)
        dl__elementwise_run(y, (dl_tensor *[]){y, base}, 2, &scaled_root, NULL);
    return status;
}

static dl_status euclid(const dl_call *c)
{
    const norm_attrs *a = c->attrs;
    dl_tensor *y = c->out[0];
    dl_status status = dl__reduce_axes(DL__SUMSQ, c->in[0], (uint32_t)a->axes.mask, y);
    if (status != DL_OK)
        return status;
    if (dl__squares_in_range(y)) {
        dl__elementwise_run(y, &y, 1, &root, NULL);
        return DL_OK;
    }
    dl_tensor *base = dl__axes_like(y);
    status = base ? euclid_scaled(c, base) : dl_ctx_status(c->ctx);
    dl_tensor_drop(base);
    return status;
}

/* ---- other p --------------------------------------------------------------------------------- */

static dl_status general(const dl_call *c)
{
    const norm_attrs *a = c->attrs;
    dl_tensor *y = c->out[0], *base = dl__axes_like(y);
    if (!base)
        return dl_ctx_status(c->ctx);
    dl_tensor full = dl__axes_full(base, c->in[0], a->axes.mask);
    const double p[DL__ARGS] = {a->p}, inverse[DL__ARGS] = {1 / a->p};
    dl_status status = dl__magnitude(a->p > 0 ? DL__MAX : DL__MIN, c->in[0], a->axes.mask, base);
    if (status == DL_OK)
        status = dl__axes_reduce_map(DL__SUM, &power, p, c->in[0], &full, a->axes.mask, y);
    if (status == DL_OK)
        dl__elementwise_run(y, (dl_tensor *[]){y, base}, 2, &scaled_power, inverse);
    dl_tensor_drop(base);
    return status;
}

static dl_status forward(const dl_call *c)
{
    const norm_attrs *a = c->attrs;
    if (a->p == 2)
        return euclid(c);
    if (a->p != 0 && a->p != 1)
        return general(c);
    return dl__axes_reduce_map(DL__SUM, a->p == 0 ? &not_zero : &absolute, NULL, c->in[0], NULL,
                               a->axes.mask, c->out[0]);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const norm_attrs *a = c->attrs;
    dl_tensor *x = c->in[0], *slope;
    if (a->p == 0)
        return dl__unary_flat(c, &x, dx); /* a count: zeros like x */
    if (a->p == 1)
        slope = dl_sign(x);
    else
        slope = dl__ratio(x, dl__axes_back(c->out[0], x, &a->axes));
    if (a->p != 1 && a->p != 2)
        slope = dl__signed_power(slope, a->p - 1, 1);
    dx[0] = dl_mul(slope, dl__axes_back(dy[0], x, &a->axes));
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(norm_attrs, axes.mask, I32, 1),
                                DL__ATTR(norm_attrs, axes.keep, I32, 1),
                                DL__ATTR(norm_attrs, p, F64, 1)};
const dl_op dl__op_norm = {.name = "norm",
                           .attrs_size = sizeof(norm_attrs),
                           .attrs = attrs,
                           .n_attrs = 3,
                           .saves_in = 1,
                           .saves_out = 1,
                           .infer = infer,
                           .forward = forward,
                           .backward = backward,
                           .replay_in = 1,
                           .replay_out = 1};

/* The largest or least magnitude. */
static dl_tensor *extreme(dl_tensor *x, const norm_attrs *a)
{
    const dl_call c = {.ctx = x->base.ctx, .op = &dl__op_norm, .n_in = 1, .in = &x, .attrs = a};
    int32_t axes[DL_MAX_DIMS];
    dl_spec spec;
    if (infer(&c, &spec) != DL_OK)
        return NULL;
    const int32_t n = dl__axes_list(a->axes.mask, axes), mark = dl_scope_begin(c.ctx);
    dl_tensor *m = mark < 0 ? NULL : dl_abs(x);
    m = a->p > 0 ? dl_max(m, axes, n, a->axes.keep) : dl_min(m, axes, n, a->axes.keep);
    return dl__scope_out(c.ctx, mark, m);
}

dl_tensor *dl_norm(dl_tensor *x, double p, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    norm_attrs a = {.p = p};
    if (!dl__axes_of("norm", x, axes, n_axes, keepdims, &a.axes))
        return NULL;
    if (isnan(p)) {
        dl_fail(x->base.ctx, DL_EINVAL, "norm: p is NaN, wanted a number or an infinity");
        return NULL;
    }
    return isinf(p) ? extreme(x, &a) : dl__apply1(&dl__op_norm, x, &a);
}
