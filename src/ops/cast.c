/* Conversion between element types. */
#include "ops/shape.h"

typedef struct cast_attrs {
    int32_t dtype;
} cast_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const cast_attrs *a = c->attrs;
    dl__spec_like(out, c->in[0]);
    out->dtype = a->dtype;
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    dl__copy_elements(c->out[0], c->in[0]);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl_cast(dy[0], c->in[0]->dtype);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(cast_attrs, dtype, I32, 1)};
const dl_op dl__op_cast = {
    .name = "cast",
    .attrs_size = sizeof(cast_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
const dl_op dl__op_cast_integer = {
    .name = "cast",
    .attrs_size = sizeof(cast_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .flags = DL_OP_INTEGER_OUT,
    .infer = infer,
    .forward = forward,
};

dl_tensor *dl_cast(dl_tensor *x, dl_dtype dtype)
{
    const cast_attrs a = {dtype};
    if (!dl__ready(x))
        return NULL;
    if (dtype < DL_F32 || dtype > DL_BOOL) {
        dl_fail(x->base.ctx, dtype == DL_BF16 ? DL_EUNSUPPORTED : DL_EDTYPE,
                "cast: %s to %s (%d), wanted f32, f64, i32, i64, u8 or bool",
                dl_dtype_name(x->dtype), dl_dtype_name(dtype), (int)dtype);
        return NULL;
    }
    if (dtype == x->dtype)
        return dl__itself(x);
    return dl__apply1(dl__is_float(dtype) ? &dl__op_cast : &dl__op_cast_integer, x, &a);
}
