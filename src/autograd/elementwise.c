/* The shape rule of elementwise operations, and running their loops. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/text.h"
#include "tensor/iterate.h"

enum { TEXT = 128 };

dl__shape dl__dense_like(const dl_tensor *t)
{
    dl__shape s = {.dtype = t->dtype, .ndim = t->ndim};
    memcpy(s.dims, t->dims, sizeof s.dims);
    int32_t order[DL_MAX_DIMS]; /* axes by falling stride */
    for (int32_t i = 0; i < t->ndim; i++) {
        if (t->strides[i] <= 0 && t->dims[i] > 1) {
            dl__row_major(s.ndim, s.dims, s.strides);
            return s;
        }
        int32_t at = i;
        for (; at > 0 && t->strides[order[at - 1]] < t->strides[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    uint64_t stride = 1; /* of a shape that is refused later it wraps around */
    for (int32_t i = t->ndim - 1; i >= 0; i--) {
        s.strides[order[i]] = (int64_t)stride;
        stride *= s.dims[order[i]] > 0 ? (uint64_t)s.dims[order[i]] : 1;
    }
    return s;
}

void dl__spec_like(dl_spec *out, const dl_tensor *t)
{
    dl__shape s = dl__dense_like(t);
    out->dtype = s.dtype;
    out->ndim = s.ndim;
    memcpy(out->dims, s.dims, sizeof s.dims);
    memcpy(out->strides, s.strides, sizeof s.strides);
}

void dl__spec_row_major(dl_spec *out, dl_dtype dt, const int64_t *dims, int32_t ndim)
{
    out->dtype = dt;
    out->ndim = ndim;
    memcpy(out->dims, dims, (size_t)ndim * sizeof *dims);
    memset(out->strides, 0, sizeof out->strides);
}

static dl_status need(const dl_call *c, int32_t i)
{
    if (i >= c->n_in || !c->in[i])
        return dl_fail(c->ctx, DL_EINVAL, "%s: operand %d is NULL", c->op->name, (int)i);
    return DL_OK;
}

dl_status dl__need_float(const dl_call *c, int32_t i)
{
    if (need(c, i) != DL_OK)
        return c->ctx->status;
    if (!dl__is_float(c->in[i]->dtype))
        return dl_fail(c->ctx, DL_EDTYPE, "%s: operand %d is %s, it wants f32 or f64", c->op->name,
                       (int)i, dl_dtype_name(c->in[i]->dtype));
    return DL_OK;
}

dl_status dl__need_same_dtype(const dl_call *c, int32_t i, int32_t j)
{
    if (c->in[i]->dtype == c->in[j]->dtype)
        return DL_OK;
    return dl_fail(c->ctx, DL_EDTYPE, "%s: operands are %s and %s, they want one element type",
                   c->op->name, dl_dtype_name(c->in[i]->dtype), dl_dtype_name(c->in[j]->dtype));
}

/* Broadcasts dims of t into out. */
static dl_status broadcast(const dl_call *c, dl_spec *out, const dl_tensor *t)
{
    int32_t ndim = t->ndim > out->ndim ? t->ndim : out->ndim;
    int64_t dims[DL_MAX_DIMS] = {0};
    for (int32_t i = 1; i <= ndim; i++) {
        int64_t a = i <= out->ndim ? out->dims[out->ndim - i] : 1;
        int64_t b = i <= t->ndim ? t->dims[t->ndim - i] : 1;
        if (a != b && a != 1 && b != 1) {
            char x[TEXT], y[TEXT];
            return dl_fail(c->ctx, DL_ESHAPE, "%s: shapes %s and %s do not broadcast", c->op->name,
                           dl__shape_text(x, sizeof x, out->dims, out->ndim),
                           dl__shape_text(y, sizeof y, t->dims, t->ndim));
        }
        dims[ndim - i] = a == 1 ? b : a;
    }
    out->ndim = ndim;
    memcpy(out->dims, dims, sizeof dims);
    return DL_OK;
}

/* 1 when places along an axis are one element, as after dl_expand: strides then say no order. */
static int repeats(const dl_tensor *t)
{
    for (int32_t i = 0; i < t->ndim; i++)
        if (t->strides[i] == 0 && t->dims[i] > 1)
            return 1;
    return 0;
}

/* The result is laid out as the first operand of its shape that has an order of its own. */
static void lay_out(const dl_call *c, dl_spec *out)
{
    const dl_tensor *like = NULL;
    for (int32_t i = 0; i < c->n_in && !(like && !repeats(like)); i++)
        if (c->in[i]->ndim == out->ndim &&
            memcmp(c->in[i]->dims, out->dims, (size_t)out->ndim * sizeof *out->dims) == 0 &&
            (!like || !repeats(c->in[i])))
            like = c->in[i];
    if (like)
        dl__spec_like(out, like);
}

dl_status dl__elementwise_infer_any(const dl_call *c, dl_spec *out)
{
    for (int32_t i = 0; i < c->n_in; i++)
        if (need(c, i) != DL_OK || (i > 0 && dl__need_same_dtype(c, 0, i) != DL_OK))
            return c->ctx->status;
    for (int32_t i = 0; i < c->n_in; i++)
        if (broadcast(c, out, c->in[i]) != DL_OK)
            return c->ctx->status;
    out->dtype = c->in[0]->dtype;
    lay_out(c, out);
    return DL_OK;
}

dl_status dl__elementwise_infer(const dl_call *c, dl_spec *out)
{
    for (int32_t i = 0; i < c->n_in; i++)
        if (dl__need_float(c, i) != DL_OK)
            return c->ctx->status;
    return dl__elementwise_infer_any(c, out);
}

typedef struct job {
    dl__loop loop;
    const double *scalars;
} job;

static void run(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    const job *j = arg;
    j->loop(n, p, step, j->scalars);
}

void dl__elementwise_run(dl_tensor *out, dl_tensor *const *in, int32_t n_in, const dl__loops *loops,
                         const double *scalars)
{
    const dl_tensor *operand[DL__OPERANDS] = {out};
    for (int32_t i = 0; i < n_in; i++)
        operand[i + 1] = in[i];
    dl__walk w;
    dl__walk_plan(&w, operand, n_in + 1);
    job j = {dl__loops_get(loops, out->dtype), scalars};
    dl__walk_run(out->base.ctx, &w, run, &j);
}

dl_status dl__elementwise_forward(const dl_call *c, const dl__loops *loops, const double *scalars)
{
    dl__elementwise_run(c->out[0], c->in, c->n_in, loops, scalars);
    return DL_OK;
}

static dl_tensor *apply(const dl_op *op, dl_tensor *const *in, int32_t n, const void *attrs)
{
    for (int32_t i = 0; i < n; i++)
        if (!in[i])
            return NULL;
    dl_tensor *out = NULL;
    dl_apply(op, in, n, attrs, &out, 1);
    return out;
}

dl_tensor *dl__apply1(const dl_op *op, dl_tensor *a, const void *attrs)
{
    return apply(op, &a, 1, attrs);
}

dl_tensor *dl__apply2(const dl_op *op, dl_tensor *a, dl_tensor *b, const void *attrs)
{
    return apply(op, (dl_tensor *[]){a, b}, 2, attrs);
}

dl_tensor *dl__apply3(const dl_op *op, dl_tensor *a, dl_tensor *b, dl_tensor *c, const void *attrs)
{
    return apply(op, (dl_tensor *[]){a, b, c}, 3, attrs);
}
