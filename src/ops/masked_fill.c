/* A number where a mask is true, x elsewhere. */
#include "autograd/autograd.h"
#include "ops/choose.h"

typedef struct fill_attrs {
    double value;
    int32_t unless; /* 1: where the mask is false instead */
} fill_attrs;

/* in: x, mask. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0], *mask = c->in[1];
    char of_x[DL__SHAPE_TEXT], of_mask[DL__SHAPE_TEXT];
    if (dl__need_mask(c, mask) != DL_OK)
        return c->ctx->status;
    if (!dl__broadcasts(mask->dims, mask->ndim, x->dims, x->ndim))
        return dl_fail(c->ctx, DL_ESHAPE, "%s: mask %s does not broadcast to %s", c->op->name,
                       dl__dims_text(of_mask, mask), dl__dims_text(of_x, x));
    dl__spec_like(out, x);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const fill_attrs *a = c->attrs;
    const dl__shape shape = {.dtype = c->in[0]->dtype};
    int64_t room = 0; /* for one element of any type */
    dl__local local;
    dl_tensor *value = dl__local_tensor(&local, c->ctx, &shape, &room);
    dl__fill_elements(value, a->value);
    dl__where_run(c->out[0], c->in[1], a->unless ? c->in[0] : value, a->unless ? value : c->in[0]);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const fill_attrs *a = c->attrs;
    if (dl_call_wants(c, 0))
        dx[0] = dl__masked_zero(dy[0], c->in[1], a->unless);
    return c->ctx->status;
}

static const dl_attr attrs[] = {DL__ATTR(fill_attrs, value, F64, 1),
                                DL__ATTR(fill_attrs, unless, I32, 1)};
const dl_op dl__op_masked_fill = {
    .name = "masked_fill",
    .attrs_size = sizeof(fill_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .saves_in = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

dl_tensor *dl__masked_zero(dl_tensor *x, dl_tensor *mask, int32_t unless)
{
    const fill_attrs a = {.unless = unless};
    return dl__apply2(&dl__op_masked_fill, x, mask, &a);
}

dl_tensor *dl_masked_fill(dl_tensor *x, dl_tensor *mask, double value)
{
    const fill_attrs a = {.value = value};
    return dl__apply2(&dl__op_masked_fill, x, mask, &a);
}
