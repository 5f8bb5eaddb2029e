/* y[.., i, ..] = x[.., start + i * step, ..], a view; its gradient puts dy into zeros. */
#include "autograd/autograd.h"
#include "ops/shape.h"

typedef struct slice_attrs {
    int64_t start, count, step; /* resolved: start >= 0, every index in range */
    int64_t n;                  /* size of the axis in x                      */
    int32_t axis;               /* >= 0                                       */
} slice_attrs;

static const dl_attr attrs[] = {
    DL__ATTR(slice_attrs, axis, I32, 1), DL__ATTR(slice_attrs, start, I64, 1),
    DL__ATTR(slice_attrs, count, I64, 1), DL__ATTR(slice_attrs, step, I64, 1),
    DL__ATTR(slice_attrs, n, I64, 1)};

static dl_tensor *apply(dl_tensor *x, const slice_attrs *a);

/* ---- the gradient: [.., count, ..] -> [.., n, ..] -------------------------------------------- */

static dl_status gradient_infer(const dl_call *c, dl_spec *out)
{
    const slice_attrs *a = c->attrs;
    dl_tensor x = dl__tensor_value(c->in[0]); /* the layout of dy, with the axis grown */
    x.dims[a->axis] = a->n;
    dl__spec_like(out, &x);
    return DL_OK;
}

static dl_status gradient_forward(const dl_call *c)
{
    const slice_attrs *a = c->attrs;
    dl_tensor part = dl__tensor_value(c->out[0]); /* where dy goes */
    if (!c->accumulate)
        dl__fill_elements(c->out[0], 0);
    if (a->count == 0)
        return DL_OK;
    part.dims[a->axis] = a->count;
    part.offset += a->start * part.strides[a->axis];
    part.strides[a->axis] *= a->step;
    part.fresh = !c->accumulate;
    return dl__accumulate(&part, c->in[0]);
}

static dl_status gradient_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = apply(dy[0], c->attrs);
    return dl_ctx_status(c->ctx);
}

const dl_op dl__op_slice_backward = {
    .name = "slice_backward",
    .attrs_size = sizeof(slice_attrs),
    .attrs = attrs,
    .n_attrs = 5,
    .flags = DL_OP_ACCUMULATES,
    .infer = gradient_infer,
    .forward = gradient_forward,
    .backward = gradient_backward,
};

dl_status dl__slice_gradient(dl_tensor *dy, int32_t axis, int64_t n, int64_t start, int64_t step,
                             dl_tensor **dx)
{
    const slice_attrs a = {
        .start = start, .count = dy->dims[axis], .step = step, .n = n, .axis = axis};
    return dl__gradient(&dl__op_slice_backward, &dy, 1, &a, dx);
}

/* ---- the slice ------------------------------------------------------------------------------- */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const slice_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    out->dims[a->axis] = a->count;
    /* One element or none needs no stride, and a step of any size could overflow one. */
    if (a->count > 1)
        out->strides[a->axis] = x->strides[a->axis] * a->step;
    if (a->count > 0 && dl__count_of(x) > 0)
        out->offset += a->start * x->strides[a->axis];
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const slice_attrs *a = c->attrs;
    return dl__slice_gradient(dy[0], a->axis, a->n, a->start, a->step, &dx[0]);
}

const dl_op dl__op_slice = {
    .name = "slice",
    .attrs_size = sizeof(slice_attrs),
    .attrs = attrs,
    .n_attrs = 5,
    .infer = infer,
    .backward = backward,
};

static dl_tensor *apply(dl_tensor *x, const slice_attrs *a)
{
    return dl__apply1(&dl__op_slice, x, a);
}

/* A bound as Python clamps it into [low, high]; negative ones count from the end. */
static int64_t clamp(int64_t i, int64_t n, int64_t low, int64_t high)
{
    if (i < 0)
        i = i < -n ? low : i + n; /* -n of a size is never out of range */
    return i < low ? low : i > high ? high : i;
}

dl_tensor *dl_slice(dl_tensor *x, int32_t axis, int64_t start, int64_t stop, int64_t step)
{
    if (!dl__ready(x))
        return NULL;
    slice_attrs a = {.step = step, .axis = dl__axis(x->base.ctx, "slice", axis, x->ndim)};
    if (a.axis < 0)
        return NULL;
    if (step == 0) {
        dl_fail(x->base.ctx, DL_EINVAL, "slice: step is 0, wanted a step forward or back");
        return NULL;
    }
    const int64_t n = a.n = x->dims[a.axis];
    if (step > 0) {
        a.start = clamp(start, n, 0, n);
        stop = clamp(stop, n, 0, n);
        a.count = stop > a.start ? (stop - a.start - 1) / step + 1 : 0;
    } else {
        /* Going back, -1 is the place before the first element. */
        a.start = clamp(start, n, -1, n - 1);
        stop = clamp(stop, n, -1, n - 1);
        const uint64_t back = (uint64_t) - (step + 1) + 1; /* -step of INT64_MIN does not fit */
        a.count = a.start > stop ? (int64_t)((uint64_t)(a.start - stop - 1) / back) + 1 : 0;
    }
    if (a.count == 0)
        a.start = 0;
    if (a.count <= 1)
        a.step = 1;
    return apply(x, &a);
}
