/* Layer normalisation, and what other normalisation of rows shares. To the kernels each row, the
 * last axes, is a channel of one line. */
#include <string.h>
#include "core/memory.h"
#include "ops/norm.h"

static int32_t first_axis(const dl_tensor *x, const dl__norm_attrs *a)
{
    return x->ndim - a->axes;
}

static int64_t rows_of(const dl_tensor *x, const dl__norm_attrs *a)
{
    return dl__elements(x->dims, first_axis(x, a));
}

/* in: x, weight or NULL, bias or NULL. out: y; numbers f64 [2, rows]: mean, 1 / sqrt(var + eps). */
dl_status dl__norm_rows_infer(const dl_call *c, dl_spec *out)
{
    const dl__norm_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    char text[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (a->axes < 1 || a->axes > x->ndim)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: over the last %d axes of %s, wanted 1 to %d",
                       c->op->name, (int)a->axes, dl__dims_text(text, x), (int)x->ndim);
    if (dl__norm_need_weight(c, 1, "weight", a->axes) != DL_OK ||
        dl__norm_need_weight(c, 2, "bias", a->axes) != DL_OK)
        return c->ctx->status;
    const int64_t numbers[2] = {2, rows_of(x, a)};
    dl__spec_like(&out[0], x);
    dl__spec_row_major(&out[1], DL_F64, numbers, 2);
    return DL_OK;
}

/* Planes of x whose channels are its rows. */
static dl_status begin(dl__norm_planes *p, dl_tensor *x, const dl__norm_attrs *a)
{
    return dl__norm_planes_begin(p, x, 0, first_axis(x, a), DL__NORM_ROWS);
}

/* Operand k is one row for all: t, or a row of value; *own is memory for it. */
static dl_status add_row(dl__norm_planes *p, int k, const dl_tensor *t, double value,
                         dl_tensor **own)
{
    dl__shape s = {.dtype = p->dtype, .ndim = 1, .dims = {p->v.inner}, .strides = {1}};
    if (t && dl_tensor_contiguous(t)) {
        p->v.p[k] = dl__data(t);
    } else {
        if (t) {
            s = dl__tensor_shape(t);
            dl__row_major(s.ndim, s.dims, s.strides);
            s.offset = 0;
        }
        if (!(*own = dl__tensor_new(p->ctx, &s, 0)))
            return p->ctx->status;
        if (t)
            dl__copy_elements(*own, t);
        else
            dl__fill_elements(*own, value);
        p->v.p[k] = dl__data(*own);
    }
    p->v.step[k][0] = p->v.step[k][1] = 0;
    p->v.step[k][2] = 1;
    return DL_OK;
}

dl_status dl__norm_rows_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const int64_t rows = rows_of(c->in[0], a);
    double *numbers = (double *)(void *)dl__data(c->out[1]);
    double *num = dl__calloc(c->ctx, (size_t)rows * DL__PLANES_NUMBERS * sizeof *num);
    dl_tensor *w = NULL, *b = NULL;
    dl__norm_planes p = {.ctx = c->ctx};
    const int plain = !c->in[1] && !c->in[2];
    dl_status s = num ? begin(&p, c->in[0], a) : DL_ENOMEM;
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK && !plain)
        s = add_row(&p, 2, c->in[1], 1, &w);
    if (s == DL_OK && !plain)
        s = add_row(&p, 3, c->in[2], 0, &b);
    if (s == DL_OK && p.v.inner == 0)
        memset(numbers, 0, (size_t)rows * 2 * sizeof *numbers);
    else if (s == DL_OK)
        s = dl__norm_statistics(&p, a, 1, numbers, NULL);
    if (s == DL_OK) {
        for (int64_t i = 0; i < 2 * rows; i++)
            num[i] = numbers[i];
        dl__planes_map(c->ctx, p.dtype, plain ? DL__PLANES_FORWARD : DL__PLANES_FORWARD_WEIGHTED,
                       &p.v, num);
    }
    dl__norm_planes_end(&p);
    dl_tensor_drop(w);
    dl_tensor_drop(b);
    dl__free(num);
    return s;
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* dw and db: sums over rows, whose elements are the channels of these planes. */
static dl_status weight_gradients(const dl_call *c, const dl__norm_planes *p)
{
    const double *numbers = (const double *)(const void *)dl__data(c->in[3]);
    const int64_t rows = p->v.channels, n = p->v.inner;
    dl__planes v = {.outer = rows, .channels = n, .inner = 1, .side = 1};
    for (int k = 1; k < 3; k++) {
        v.p[k] = p->v.p[k];
        v.step[k][0] = p->v.step[k][1];
        v.step[k][1] = 1;
    }
    double *sum = dl__alloc(c->ctx, (size_t)n * 2 * sizeof *sum);
    if (!sum)
        return DL_ENOMEM;
    dl_status s = dl__planes_sum(c->ctx, p->dtype, DL__PLANES_BACKWARD_ROWS, &v, numbers,
                                 numbers + rows, sum);
    dl_tensor dw = dl__tensor_value(c->out[1]), db = dl__tensor_value(c->out[2]);
    dw.ndim = db.ndim = 1; /* row-major */
    dw.strides[0] = db.strides[0] = 1;
    for (int64_t i = 0; s == DL_OK && i < n; i++) {
        dl__put_real_at(&db, i, sum[i]);
        dl__put_real_at(&dw, i, sum[n + i]);
    }
    dl__free(sum);
    return s;
}

/* dx; p has x and dy. */
static dl_status input_gradient(const dl_call *c, dl__norm_planes *p)
{
    const dl__norm_attrs *a = c->attrs;
    const double *numbers = (const double *)(const void *)dl__data(c->in[3]);
    const int64_t rows = p->v.channels;
    const double n = (double)p->v.inner;
    const int plain = !c->in[2];
    dl_tensor *w = NULL;
    double *num = dl__alloc(c->ctx, (size_t)rows * (DL__PLANES_NUMBERS + 2) * sizeof *num);
    double *sum = num ? num + rows * DL__PLANES_NUMBERS : NULL;
    dl_status s = num ? dl__norm_planes_result(p, c->out[0]) : DL_ENOMEM;
    if (s == DL_OK && !plain)
        s = add_row(p, 3, c->in[2], 1, &w);
    if (s == DL_OK)
        s = dl__planes_sum(c->ctx, p->dtype,
                           plain ? DL__PLANES_BACKWARD : DL__PLANES_BACKWARD_WEIGHTED, &p->v,
                           numbers, NULL, sum);
    if (s == DL_OK) {
        for (int64_t i = 0; i < rows; i++) {
            const double rstd = numbers[rows + i];
            num[i] = numbers[i];
            num[rows + i] = rstd;
            num[2 * rows + i] = a->no_mean ? 0 : rstd * sum[i] / n;
            num[3 * rows + i] = rstd * rstd * rstd * sum[rows + i] / n;
        }
        dl__planes_map(c->ctx, p->dtype, plain ? DL__PLANES_GRADIENT : DL__PLANES_GRADIENT_WEIGHTED,
                       &p->v, num);
    }
    dl_tensor_drop(w);
    dl__free(num);
    return s;
}

static dl_status backward_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    dl__norm_planes p = {.ctx = c->ctx};
    dl_status s = begin(&p, c->in[1], a);
    if (s == DL_OK)
        s = dl__norm_planes_add(&p, 2, c->in[0]);
    if (s == DL_OK)
        s = weight_gradients(c, &p);
    if (s == DL_OK && a->want_dx)
        s = input_gradient(c, &p);
    dl__norm_planes_end(&p);
    return s;
}

const dl_op dl__op_layer_norm_backward = {.name = "layer_norm_backward",
                                          .attrs_size = sizeof(dl__norm_attrs),
                                          .attrs = dl__norm_attr_list,
                                          .n_attrs = DL__NORM_ATTR_COUNT,
                                          .saves_in = 7,
                                          .infer = dl__norm_backward_infer,
                                          .forward = backward_forward,
                                          .backward = dl__norm_backward_backward};

dl_status dl__norm_rows_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__norm_gradients(&dl__op_layer_norm_backward, c, dy, dx);
}

const dl_op dl__op_layer_norm = DL__NORM_OP(layer_norm, rows);

dl_tensor *dl_layer_norm(dl_tensor *x, int32_t n_axes, dl_tensor *weight, dl_tensor *bias,
                         double eps)
{
    const dl__norm_attrs a = {.eps = eps, .axes = n_axes, .want_dx = 1};
    return dl__norm_apply(&dl__op_layer_norm, x, weight, bias, &a);
}
