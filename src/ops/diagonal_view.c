/* The diagonal of two axes of one size, as a view: both strides at once. Its gradient puts dy on
 * the diagonal of zeros. */
#include "ops/einsum.h"

typedef struct diagonal_attrs {
    int32_t a, b; /* a < b; b goes away */
} diagonal_attrs;

static const dl_attr attrs[] = {DL__ATTR(diagonal_attrs, a, I32, 1),
                                DL__ATTR(diagonal_attrs, b, I32, 1)};

static dl_status gradient_infer(const dl_call *c, dl_spec *out)
{
    const diagonal_attrs *at = c->attrs;
    const dl_tensor *dy = c->in[0];
    int64_t dims[DL_MAX_DIMS];
    for (int32_t i = 0; i <= dy->ndim; i++)
        dims[i] = i == at->b ? dy->dims[at->a] : dy->dims[i < at->b ? i : i - 1];
    dl__spec_row_major(out, dy->dtype, dims, dy->ndim + 1);
    return DL_OK;
}

static dl_status gradient_forward(const dl_call *c)
{
    const diagonal_attrs *at = c->attrs;
    dl_tensor part = dl__tensor_value(c->out[0]);
    dl__fill_elements(c->out[0], 0);
    part.strides[at->a] += part.strides[at->b];
    part.ndim--;
    for (int32_t i = at->b; i < part.ndim; i++) {
        part.dims[i] = part.dims[i + 1];
        part.strides[i] = part.strides[i + 1];
    }
    dl__copy_elements(&part, c->in[0]);
    return DL_OK;
}

static dl_status gradient_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const diagonal_attrs *at = c->attrs;
    dx[0] = dl__diagonal(dy[0], at->a, at->b);
    return dl_ctx_status(c->ctx);
}

const dl_op dl__op_diagonal_view_backward = {
    .name = "diagonal_view_backward",
    .attrs_size = sizeof(diagonal_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = gradient_infer,
    .forward = gradient_forward,
    .backward = gradient_backward,
};

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const diagonal_attrs *at = c->attrs;
    dl__spec_view(c, out);
    out->strides[at->a] += out->strides[at->b];
    out->ndim--;
    for (int32_t i = at->b; i < out->ndim; i++) {
        out->dims[i] = out->dims[i + 1];
        out->strides[i] = out->strides[i + 1];
    }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(&dl__op_diagonal_view_backward, dy[0], c->attrs);
    return dl_ctx_status(c->ctx);
}

const dl_op dl__op_diagonal_view = {
    .name = "diagonal_view",
    .attrs_size = sizeof(diagonal_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl__diagonal(dl_tensor *x, int32_t a, int32_t b)
{
    const diagonal_attrs at = {a, b};
    return dl__apply1(&dl__op_diagonal_view, x, &at);
}
