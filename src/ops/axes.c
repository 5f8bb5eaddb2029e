#include "ops/axes.h"
#include "autograd/autograd.h"

int dl__axes_of(const char *who, const dl_tensor *x, const int32_t *axes, int32_t n_axes,
                int32_t keepdims, dl__axes_attrs *attrs)
{
    if (!dl__ready(x))
        return 0;
    dl_ctx *ctx = x->base.ctx;
    attrs->keep = keepdims != 0;
    attrs->mask = (1 << x->ndim) - 1;
    if (n_axes < 0) {
        dl_fail(ctx, DL_EINVAL, "%s: n_axes is %d, wanted 0 or more", who, (int)n_axes);
        return 0;
    }
    if (!axes || n_axes == 0)
        return 1;
    attrs->mask = 0;
    for (int32_t i = 0; i < n_axes; i++) {
        const int32_t axis = dl__axis(ctx, who, axes[i], x->ndim);
        if (axis < 0)
            return 0;
        if (attrs->mask >> axis & 1) {
            dl_fail(ctx, DL_EINVAL, "%s: axis %d twice, wanted each axis once", who, (int)axis);
            return 0;
        }
        attrs->mask |= 1 << axis;
    }
    return 1;
}

void dl__axes_spec(const dl_call *c, dl_dtype dt, dl_spec *out)
{
    const dl__axes_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    int64_t dims[DL_MAX_DIMS];
    int32_t n = 0;
    if (a->mask >> x->ndim) { /* a file said so */
        char text[DL__SHAPE_TEXT];
        dl_fail(c->ctx, DL_ESHAPE, "%s: %s does not have all of its axes", c->op->name,
                dl__dims_text(text, x));
    }
    for (int32_t i = 0; i < x->ndim; i++) {
        if (!(a->mask >> i & 1))
            dims[n++] = x->dims[i];
        else if (a->keep)
            dims[n++] = 1;
    }
    dl__spec_row_major(out, dt, dims, n);
}

int64_t dl__axes_count(const dl_tensor *x, const dl__axes_attrs *attrs)
{
    int64_t n = 1;
    for (int32_t i = 0; i < x->ndim; i++)
        if (attrs->mask >> i & 1)
            n *= x->dims[i];
    return n;
}

dl_status dl__axes_need_elements(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    int kept = 1, reduced = 1;
    for (int32_t i = 0; i < x->ndim; i++) {
        if (x->dims[i] == 0 && (a->mask >> i & 1))
            reduced = 0;
        else if (x->dims[i] == 0)
            kept = 0;
    }
    if (kept && !reduced) {
        char text[DL__SHAPE_TEXT];
        return dl_fail(c->ctx, DL_ESHAPE, "%s: %s has no elements along its axes, wanted some",
                       c->op->name, dl__dims_text(text, x));
    }
    return DL_OK;
}

dl_tensor *dl__axes_back(dl_tensor *y, const dl_tensor *x, const dl__axes_attrs *attrs)
{
    int64_t dims[DL_MAX_DIMS];
    if (!y || y->ndim == x->ndim)
        return y;
    for (int32_t i = 0; i < x->ndim; i++)
        dims[i] = attrs->mask >> i & 1 ? 1 : x->dims[i];
    return dl_reshape(y, dims, x->ndim);
}

dl_tensor dl__axes_full(const dl_tensor *t, const dl_tensor *x, int32_t mask)
{
    dl_tensor s = dl__tensor_value(t);
    int32_t at = 0;
    s.ndim = x->ndim;
    for (int32_t i = 0; i < x->ndim && t->ndim < x->ndim; i++) {
        const int gone = mask >> i & 1;
        s.dims[i] = gone ? 1 : t->dims[at];
        s.strides[i] = gone ? 1 : t->strides[at++];
    }
    return s;
}

dl_status dl__axes_gradient(dl_tensor *dy, const dl_call *c, dl_tensor **dx)
{
    const dl_tensor *x = c->in[0];
    dl_tensor *d = dl__axes_back(dy, x, c->attrs);
    *dx = d ? dl__expand(d, x->dims, x->ndim) : NULL;
    return dl_ctx_status(c->ctx);
}

int32_t dl__axes_list(int32_t mask, int32_t axes[DL_MAX_DIMS])
{
    int32_t n = 0;
    for (int32_t i = 0; i < DL_MAX_DIMS; i++)
        if (mask >> i & 1)
            axes[n++] = i;
    return n;
}

dl_status dl__axes_reduce_map(int32_t op, const dl__loops *map, const double *scalars, dl_tensor *x,
                              dl_tensor *base, int32_t mask, dl_tensor *y)
{
    const dl__shape shape = dl__dense_like(x);
    dl_tensor *t = dl__tensor_new(x->base.ctx, &shape, 0);
    if (!t)
        return dl_ctx_status(x->base.ctx);
    dl__elementwise_run(t, (dl_tensor *[]){x, base}, base ? 2 : 1, map, scalars);
    const dl_status status = dl__reduce_axes(op, t, (uint32_t)mask, y);
    dl_tensor_drop(t);
    return status;
}

dl_tensor *dl__axes_like(const dl_tensor *y)
{
    dl__shape shape = dl__tensor_shape(y);
    shape.offset = 0;
    dl__row_major(shape.ndim, shape.dims, shape.strides);
    return dl__tensor_new(y->base.ctx, &shape, 0);
}
