#include "ops/shape.h"
#include <string.h>

const char *dl__place_text(char buf[DL__SHAPE_TEXT], const dl_tensor *t, int64_t i)
{
    int64_t at[DL_MAX_DIMS] = {0};
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        at[d] = i % t->dims[d];
        i /= t->dims[d];
    }
    return dl__shape_text(buf, DL__SHAPE_TEXT, at, t->ndim);
}

void dl__spec_view(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    out->dtype = x->dtype;
    out->ndim = x->ndim;
    for (int32_t i = 0; i < x->ndim; i++) {
        out->dims[i] = x->dims[i];
        out->strides[i] = x->strides[i];
    }
    out->offset = x->offset;
    out->view_of = 1;
}

void dl__spec_noted(dl_spec *out, dl_dtype dt, int32_t ndim, const int64_t dims[DL_MAX_DIMS],
                    const int64_t strides[DL_MAX_DIMS])
{
    dl_tensor x = {.dtype = dt, .ndim = ndim};
    memcpy(x.dims, dims, sizeof x.dims);
    memcpy(x.strides, strides, sizeof x.strides);
    dl__spec_like(out, &x);
}

int dl__shape_given(dl_ctx *ctx, const char *who, const int64_t *shape, int32_t ndim)
{
    if (ndim < 0 || ndim > DL_MAX_DIMS)
        dl_fail(ctx, DL_ESHAPE, "%s: ndim is %d, wanted 0 to %d", who, (int)ndim, DL_MAX_DIMS);
    else if (ndim > 0 && !shape)
        dl_fail(ctx, DL_EINVAL, "%s: shape is NULL, wanted %d sizes", who, (int)ndim);
    return dl__ok(ctx);
}

dl_tensor *dl__itself(dl_tensor *x)
{
    return dl_tensor_give(dl_tensor_keep(x));
}

dl_tensor *dl__scope_out(dl_ctx *ctx, int32_t mark, dl_tensor *y)
{
    void *const object = y;
    dl__scope_end_giving(ctx, mark, &object, 1);
    return y;
}

dl_status dl__hand_out(const dl_tensor *x, dl_tensor *const out[2], dl_tensor **first,
                       dl_tensor **second)
{
    dl_tensor **to[2] = {first, second};
    for (int i = 0; i < 2; i++) {
        if (to[i])
            *to[i] = out[i];
        else
            dl_tensor_drop(dl_tensor_take(out[i])); /* the record keeps what it needs */
    }
    return x ? dl_ctx_status(x->base.ctx) : DL_EINVAL;
}

dl_status dl__gradient(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                       dl_tensor **dx)
{
    if (*dx)
        return dl_apply_into(op, in, n_in, attrs, *dx);
    return dl_apply(op, in, n_in, attrs, dx, 1);
}
