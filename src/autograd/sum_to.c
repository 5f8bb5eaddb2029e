/* Sums over the axes that broadcasting added or stretched: the inverse of expand. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/text.h"
#include "tensor/reduce.h"

typedef struct attrs {
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim;
} attrs;

static const dl_attr attr_list[] = {
    {"shape", DL_ATTR_I64, offsetof(attrs, dims), DL_MAX_DIMS},
    {"ndim", DL_ATTR_I32, offsetof(attrs, ndim), 1},
};

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (!dl__broadcasts(a->dims, a->ndim, x->dims, x->ndim)) {
        char from[128], to[128];
        return dl_fail(c->ctx, DL_ESHAPE, "sum_to: shape %s does not broadcast to %s",
                       dl__shape_text(to, sizeof to, a->dims, a->ndim),
                       dl__shape_text(from, sizeof from, x->dims, x->ndim));
    }
    dl__spec_row_major(out, x->dtype, a->dims, a->ndim);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const dl_tensor *x = c->in[0];
    dl_tensor y = dl__tensor_value(c->out[0]); /* with all axes of x */
    const int32_t added = x->ndim - y.ndim;
    uint32_t mask = 0;
    y.ndim = x->ndim;
    for (int32_t i = 0; i < x->ndim; i++) {
        y.dims[i] = i < added ? 1 : c->out[0]->dims[i - added];
        y.strides[i] = i < added ? 1 : c->out[0]->strides[i - added];
        if (y.dims[i] != x->dims[i])
            mask |= 1u << i;
    }
    return dl__reduce_axes(DL__SUM, x, mask, &y);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__expand(dy[0], c->in[0]->dims, c->in[0]->ndim);
    return c->ctx->status;
}

const dl_op dl__op_sum_to = {.name = "sum_to",
                             .attrs_size = sizeof(attrs),
                             .attrs = attr_list,
                             .n_attrs = 2,
                             .infer = infer,
                             .forward = forward,
                             .backward = backward};

dl_tensor *dl__sum_to(dl_tensor *x, const int64_t *dims, int32_t ndim)
{
    attrs a = {.ndim = ndim};
    if (ndim) /* of a scalar, dims may be NULL */
        memcpy(a.dims, dims, (size_t)ndim * sizeof *dims);
    return dl__apply1(&dl__op_sum_to, x, &a);
}
