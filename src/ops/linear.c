/* y = x w^T + b. dx = dy w, dw = dy^T x, db = dy summed over all axes but the last. The weight's
 * storage may be [in][out] behind its strides; gradients keep that layout. */
#include <string.h>
#include "ops/product.h"

static dl_status check_bias(const dl_call *c)
{
    const dl_tensor *w = c->in[1], *b = c->in[2];
    dl_status status = dl__need_float(c, 2);
    if (status == DL_OK)
        status = dl__need_same_dtype(c, 0, 2);
    if (status == DL_OK && (b->ndim != 1 || b->dims[0] != w->dims[0])) {
        char text[DL__SHAPE_TEXT];
        status = dl_fail(c->ctx, DL_ESHAPE, "linear: bias is %s, weight wants [%lld]",
                         dl__dims_text(text, b), (long long)w->dims[0]);
    }
    return status;
}

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0], *w = c->in[1];
    char text[DL__SHAPE_TEXT];
    int64_t dims[DL_MAX_DIMS];
    dl_status status = dl__need_float(c, 0);
    if (status == DL_OK)
        status = dl__need_float(c, 1);
    if (status == DL_OK)
        status = dl__need_same_dtype(c, 0, 1);
    if (status != DL_OK)
        return status;
    if (w->ndim != 2)
        return dl_fail(c->ctx, DL_ESHAPE, "linear: weight is %s, wanted [outputs, inputs]",
                       dl__dims_text(text, w));
    if (x->ndim == 0 || x->dims[x->ndim - 1] != w->dims[1])
        return dl_fail(c->ctx, DL_ESHAPE, "linear: input is %s, weight wants %lld inputs",
                       dl__dims_text(text, x), (long long)w->dims[1]);
    if (c->in[2])
        status = check_bias(c);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 1] = w->dims[0];
    dl__spec_row_major(out, x->dtype, dims, x->ndim);
    return status;
}

/* t as a matrix: a vector is a row. */
static dl_tensor rows(const dl_tensor *t)
{
    dl_tensor r = dl__tensor_value(t);
    if (t->ndim == 1) {
        r.ndim = 2;
        r.dims[0] = 1;
        r.dims[1] = t->dims[0];
        r.strides[0] = t->dims[0];
        r.strides[1] = t->strides[0];
    }
    return r;
}

static dl_status forward(const dl_call *c)
{
    const dl_tensor x = rows(c->in[0]), *w = c->in[1];
    dl_tensor wt = dl__tensor_value(w), y = rows(c->out[0]), *b = c->in[2], *own = NULL;
    dl_status status = DL_OK;
    wt.dims[0] = w->dims[1];
    wt.dims[1] = w->dims[0];
    wt.strides[0] = w->strides[1];
    wt.strides[1] = w->strides[0];
    if (b && !dl_tensor_contiguous(b)) { /* the driver reads it with stride 1 */
        dl__shape shape = {.dtype = b->dtype, .ndim = 1, .dims = {b->dims[0]}, .strides = {1}};
        own = dl__tensor_new(c->ctx, &shape, 0);
        if (!own)
            return dl_ctx_status(c->ctx);
        dl__copy_elements(own, b);
        b = own;
    }
    status = dl__product(&x, &wt, b, &y, 0);
    dl_tensor_drop(own);
    return status;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *x = c->in[0], *d = dy[0];
    if (dl_call_wants(c, 2))
        dx[2] = d; /* autograd sums it down to [out] */
    if (d->ndim == 1)
        d = dl_unsqueeze(d, 0);
    if (dl_call_wants(c, 0)) {
        if (x->ndim == 1) {
            dl_tensor *row = NULL;
            const dl_tensor like = rows(x);
            dl__matmul_gradient(d, c->in[1], &like, &row);
            dx[0] = dl_squeeze(row, 0);
        } else {
            dl__matmul_gradient(d, c->in[1], x, &dx[0]);
        }
    }
    if (dl_call_wants(c, 1)) {
        if (x->ndim == 1)
            x = dl_unsqueeze(x, 0);
        dl__matmul_gradient(dl_transpose(d, -2, -1), x, c->in[1], &dx[1]);
    }
    return dl_ctx_status(c->ctx);
}

static double flops(const dl_call *c)
{
    const double outputs = (double)c->in[1]->dims[0], inputs = (double)c->in[1]->dims[1];
    const double rows = (double)dl__count_of(c->out[0]) / (outputs > 0 ? outputs : 1);
    return rows * outputs * (2 * inputs + (c->in[2] != NULL));
}

const dl_op dl__op_linear = {.name = "linear",
                             .flags = DL_OP_PRODUCT,
                             .saves_in = 3,
                             .infer = infer,
                             .forward = forward,
                             .backward = backward,
                             .flops = flops,
                             .replay_in = 3,
                             .replay_out = 1};

dl_tensor *dl_linear(dl_tensor *x, dl_tensor *w, dl_tensor *b)
{
    dl_tensor *const in[] = {x, w, b};
    dl_tensor *y = NULL;
    if (dl__ready(x) && w)
        dl_apply(&dl__op_linear, in, 3, NULL, &y, 1);
    return y;
}
