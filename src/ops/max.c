/* Maxima over axes. While recording, the place of the first maximum is a second result: dx is dy
 * there, and 0 elsewhere. */
#include <string.h>
#include "autograd/autograd.h"
#include "ops/axes.h"
#include "tensor/iterate.h"

/* ---- places: row-major numbers within the reduced axes --------------------------------------- */

/* The reduced axes of a tensor, steps in bytes. */
typedef struct inside {
    int32_t n;
    int64_t dims[DL_MAX_DIMS], steps[DL_MAX_DIMS];
} inside;

static inside inside_of(const dl_tensor *x, int32_t mask)
{
    inside in = {.n = 0};
    for (int32_t i = 0; i < x->ndim; i++) {
        if (!(mask >> i & 1) || x->dims[i] == 1)
            continue;
        in.dims[in.n] = x->dims[i];
        in.steps[in.n++] = x->strides[i] * (int64_t)dl_dtype_size(x->dtype);
    }
    return in;
}

static int64_t place(const inside *in, int64_t index)
{
    int64_t at = 0;
    for (int32_t i = in->n - 1; i >= 0; i--) {
        at += index % in->dims[i] * in->steps[i];
        index /= in->dims[i];
    }
    return at;
}

/* x with size 1 along its reduced axes: the start of each set of candidates. */
static dl_tensor starts(const dl_tensor *x, int32_t mask)
{
    dl_tensor s = dl__tensor_value(x);
    for (int32_t i = 0; i < x->ndim; i++)
        if (mask >> i & 1)
            s.dims[i] = 1;
    return s;
}

/* t, shaped like a result of reducing x, with all axes of x. */
static dl_tensor all_axes(const dl_tensor *t, const dl_tensor *x, int32_t mask)
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

#define TAKE(type)                                                                                 \
    static void take_##type(int64_t n, char *const *p, const int64_t *step, const void *arg)       \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const int64_t index = *(const int64_t *)(const void *)(p[1] + i * step[1]);            \
            const char *from = p[2] + i * step[2] + place(arg, index);                             \
            *(type *)(void *)(p[0] + i * step[0]) = *(const type *)(const void *)from;             \
        }                                                                                          \
    }
TAKE(float)
TAKE(double)

#define PUT(type)                                                                                  \
    static void put_##type(int64_t n, char *const *p, const int64_t *step, const void *arg)        \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const int64_t index = *(const int64_t *)(const void *)(p[1] + i * step[1]);            \
            char *to = p[2] + i * step[2] + place(arg, index);                                     \
            *(type *)(void *)to += *(const type *)(const void *)(p[0] + i * step[0]);              \
        }                                                                                          \
    }
PUT(float)
PUT(double)

/* Runs over the results: t (y or dy), index, and x or dx at the start of the candidates. */
static void run_places(const dl_tensor *t, const dl_tensor *index, const dl_tensor *x, int32_t mask,
                       dl__run run)
{
    const dl_tensor full = all_axes(t, x, mask), i = all_axes(index, x, mask), s = starts(x, mask);
    const dl_tensor *const operand[] = {&full, &i, &s};
    const inside in = inside_of(x, mask);
    dl__walk w;
    dl__walk_plan(&w, operand, 3);
    dl__walk_run(x->base.ctx, &w, run, &in);
}

/* ---- the gradient, and its gradient ---------------------------------------------------------- */

typedef struct place_attrs {
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS]; /* of x */
    int32_t ndim, mask;
} place_attrs;

static const dl_attr place_list[] = {
    DL__ATTR(place_attrs, dims, I64, DL_MAX_DIMS), DL__ATTR(place_attrs, strides, I64, DL_MAX_DIMS),
    DL__ATTR(place_attrs, ndim, I32, 1), DL__ATTR(place_attrs, mask, I32, 1)};

static dl_status put_infer(const dl_call *c, dl_spec *out)
{
    const place_attrs *a = c->attrs;
    dl_tensor x = dl__tensor_value(c->in[0]);
    x.ndim = a->ndim;
    memcpy(x.dims, a->dims, sizeof x.dims);
    memcpy(x.strides, a->strides, sizeof x.strides);
    dl__spec_like(out, &x);
    return DL_OK;
}

static dl_status put_forward(const dl_call *c)
{
    const place_attrs *a = c->attrs;
    dl_tensor *dx = c->out[0];
    if (!c->accumulate)
        dl__fill_elements(dx, 0);
    run_places(c->in[0], c->in[1], dx, a->mask, dx->dtype == DL_F32 ? put_float : put_double);
    return DL_OK;
}

static dl_status put_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
const dl_op dl__op_max_backward = {
    .name = "max_backward",
    .attrs_size = sizeof(place_attrs),
    .attrs = place_list,
    .n_attrs = 4,
    .flags = DL_OP_ACCUMULATES,
    .saves_in = 2,
    .infer = put_infer,
    .forward = put_forward,
    .backward = put_backward,
};

static dl_status take_infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[1]);
    out->dtype = c->in[0]->dtype;
    return DL_OK;
}

static dl_status take_forward(const dl_call *c)
{
    const place_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    run_places(c->out[0], c->in[1], x, a->mask, x->dtype == DL_F32 ? take_float : take_double);
    return DL_OK;
}

static dl_status take_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *in[] = {dy[0], c->in[1]};
    return dl__gradient(&dl__op_max_backward, in, 2, c->attrs, &dx[0]);
}

const dl_op dl__op_max_take = {
    .name = "max_take",
    .attrs_size = sizeof(place_attrs),
    .attrs = place_list,
    .n_attrs = 4,
    .saves_in = 2,
    .infer = take_infer,
    .forward = take_forward,
    .backward = take_backward,
};

static dl_status put_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(&dl__op_max_take, dy[0], c->in[1], c->attrs);
    return dl_ctx_status(c->ctx);
}

/* ---- the maximum ----------------------------------------------------------------------------- */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    dl__axes_spec(c, c->in[0]->dtype, &out[0]);
    if (c->n_out > 1)
        dl__axes_spec(c, DL_I64, &out[1]);
    return dl__axes_need_elements(c);
}

/* x with its reduced axes as one at the end, as a view into *t where strides allow: 1, else 0. */
static int gather_axes(const dl_tensor *x, int32_t mask, dl_tensor *t)
{
    const inside in = inside_of(x, mask);
    *t = dl__tensor_value(x);
    t->ndim = 0;
    for (int32_t i = 0; i < x->ndim; i++)
        if (!(mask >> i & 1)) {
            t->dims[t->ndim] = x->dims[i];
            t->strides[t->ndim++] = x->strides[i];
        }
    t->dims[t->ndim] = 1;
    t->strides[t->ndim] = 1;
    for (int32_t i = 0; i < in.n; i++) {
        if (i + 1 < in.n && in.steps[i] != in.dims[i + 1] * in.steps[i + 1])
            return 0;
        t->dims[t->ndim] *= in.dims[i];
        t->strides[t->ndim] = in.steps[i] / (int64_t)dl_dtype_size(x->dtype);
    }
    t->ndim++;
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

/* The places of the first maxima, in row-major order of the reduced axes whatever the strides. */
static dl_status find_places(const dl_tensor *x, int32_t mask, dl_tensor *index)
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
    dl_status status = dl__reduce_axes(DL__ARGMAX, &t, 1u << (t.ndim - 1), &flat);
    dl_tensor_drop(copy);
    return status;
}

static dl_status forward(const dl_call *c)
{
    const dl__axes_attrs *a = c->attrs;
    /* Not taken from the places: the result has the same bits, -0 or 0, recorded or not. */
    dl_status status = dl__reduce_axes(DL__MAX, c->in[0], (uint32_t)a->mask, c->out[0]);
    if (status == DL_OK && c->n_out > 1)
        status = find_places(c->in[0], a->mask, c->out[1]);
    return status;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__axes_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    place_attrs p = {.ndim = x->ndim, .mask = a->mask};
    dl_tensor *in[] = {dy[0], c->out[1]};
    memcpy(p.dims, x->dims, sizeof p.dims);
    memcpy(p.strides, x->strides, sizeof p.strides);
    return dl__gradient(&dl__op_max_backward, in, 2, &p, &dx[0]);
}

static const dl_attr attrs[] = DL__AXES_ATTRS;
const dl_op dl__op_max = {
    .name = "max",
    .attrs_size = sizeof(dl__axes_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .saves_out = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl_max(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims)
{
    dl__axes_attrs a;
    dl_tensor *out[2] = {NULL, NULL};
    if (!dl__axes_of("max", x, axes, n_axes, keepdims, &a))
        return NULL;
    dl_apply(&dl__op_max, &x, 1, &a, out, dl__recording(x->base.ctx, &x, 1) ? 2 : 1);
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}
