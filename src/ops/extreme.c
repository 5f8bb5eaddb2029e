/* What maxima and minima share. While recording, the place of the first extreme is a second result:
 * dx is dy there, and 0 elsewhere. */
#include "ops/extreme.h"
#include "autograd/autograd.h"
#include "ops/places.h"

dl_status dl__extreme_infer(const dl_call *c, dl_spec *out)
{
    dl__axes_spec(c, c->in[0]->dtype, &out[0]);
    if (c->n_out > 1)
        dl__axes_spec(c, DL_I64, &out[1]);
    return dl__axes_need_elements(c);
}

/* x with its reduced axes as one at the end, as a view into *t where strides allow: 1, else 0. */
static int gather_axes(const dl_tensor *x, int32_t mask, dl_tensor *t)
{
    int64_t n = 1, stride = 1; /* of the axes gathered so far, innermost first */
    for (int32_t i = x->ndim - 1; i >= 0; i--) {
        if (!(mask >> i & 1) || x->dims[i] == 1)
            continue;
        if (n == 1)
            stride = x->strides[i];
        else if (x->strides[i] != n * stride)
            return 0;
        n *= x->dims[i];
    }
    *t = dl__tensor_value(x);
    t->ndim = 0;
    for (int32_t i = 0; i < x->ndim; i++)
        if (!(mask >> i & 1)) {
            t->dims[t->ndim] = x->dims[i];
            t->strides[t->ndim++] = x->strides[i];
        }
    t->dims[t->ndim] = n;
    t->strides[t->ndim++] = stride;
    return 1;
}

/* A row-major copy of x, the reduced axes last; the caller's, NULL on failure. */
static dl_tensor *copy_axes_last(const dl_tensor *x, int32_t mask)
{
    dl__shape shape = {.dtype = x->dtype, .ndim = x->ndim};
    dl_tensor turned = dl__tensor_value(x);
    int32_t at = 0;
    for (int32_t reduced = 0; reduced < 2; reduced++)
        for (int32_t i = 0; i < x->ndim; i++)
            if ((mask >> i & 1) == reduced) {
                turned.dims[at] = shape.dims[at] = x->dims[i];
                turned.strides[at++] = x->strides[i];
            }
    dl__row_major(shape.ndim, shape.dims, shape.strides);
    dl_tensor *copy = dl__tensor_new(x->base.ctx, &shape, 0);
    if (copy)
        dl__copy_elements(copy, &turned);
    return copy;
}

/* The places of the first extremes (op: DL__ARGMAX, DL__ARGMIN), in row-major order of the reduced
 * axes whatever the strides. */
static dl_status find_places(int32_t op, const dl_tensor *x, int32_t mask, dl_tensor *index)
{
    dl_tensor t, *copy = NULL, flat = *index;
    if (!gather_axes(x, mask, &t)) {
        copy = copy_axes_last(x, mask);
        if (!copy)
            return dl_ctx_status(x->base.ctx);
        int32_t kept = 0;
        for (int32_t i = 0; i < x->ndim; i++)
            kept += !(mask >> i & 1);
        gather_axes(copy, (1 << x->ndim) - (1 << kept), &t);
    }
    if (index->ndim == x->ndim && mask) { /* its axes of size 1 are not t's */
        flat.ndim = 0;
        for (int32_t i = 0; i < x->ndim; i++)
            if (!(mask >> i & 1)) {
                flat.dims[flat.ndim] = index->dims[i];
                flat.strides[flat.ndim++] = index->strides[i];
            }
    }
    dl_status status = dl__reduce_axes(op, &t, 1u << (t.ndim - 1), &flat);
    dl_tensor_drop(copy);
    return status;
}

dl_status dl__extreme_forward(const dl_call *c, int32_t value, int32_t place)
{
    const dl__axes_attrs *a = c->attrs;
    /* Not taken from the places: the result has the same bits, -0 or 0, recorded or not. */
    dl_status status = dl__reduce_axes(value, c->in[0], (uint32_t)a->mask, c->out[0]);
    if (status == DL_OK && c->n_out > 1)
        status = find_places(place, c->in[0], a->mask, c->out[1]);
    return status;
}

dl_status dl__extreme_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__axes_attrs *a = c->attrs;
    return dl__place_gradient(dy[0], c->out[1], c->in[0], a->mask, &dx[0]);
}

dl_tensor *dl__extreme_apply(const dl_op *op, dl_tensor *x, const int32_t *axes, int32_t n_axes,
                             int32_t keepdims)
{
    dl__axes_attrs a;
    dl_tensor *out[2] = {NULL, NULL};
    if (!dl__axes_of(op->name, x, axes, n_axes, keepdims, &a))
        return NULL;
    dl_apply(op, &x, 1, &a, out, dl__recording(x->base.ctx, &x, 1) ? 2 : 1);
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}

dl_status dl__extreme_along(const dl_op *op, dl_tensor *x, int32_t axis, int32_t keepdims,
                            dl_tensor **value, dl_tensor **index)
{
    dl__axes_attrs a;
    dl_tensor *out[2] = {NULL, NULL};
    if (dl__axes_of(op->name, x, &axis, 1, keepdims, &a))
        dl_apply(op, &x, 1, &a, out, 2);
    return dl__hand_out(x, out, value, index);
}

dl_status dl__arg_infer(const dl_call *c, dl_spec *out)
{
    dl__axes_spec(c, DL_I64, out);
    return dl__axes_need_elements(c);
}
