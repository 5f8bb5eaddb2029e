/* Axes that run backwards, a view. */
#include "ops/axes.h"

typedef struct flip_attrs {
    int32_t mask; /* bit i: axis i runs backwards */
} flip_attrs;

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const flip_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    dl__spec_view(c, out);
    if (dl__count_of(x) == 0) /* an empty tensor has no memory to point into */
        return DL_OK;
    for (int32_t i = 0; i < x->ndim; i++)
        if ((a->mask >> i & 1) && x->dims[i] > 1) {
            out->offset += (x->dims[i] - 1) * x->strides[i];
            out->strides[i] = -x->strides[i];
        }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(c->op, dy[0], c->attrs);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(flip_attrs, mask, I32, 1)};
const dl_op dl__op_flip = {
    .name = "flip",
    .attrs_size = sizeof(flip_attrs),
    .attrs = attrs,
    .n_attrs = 1,
    .infer = infer,
    .backward = backward,
};

dl_tensor *dl_flip(dl_tensor *x, const int32_t *axes, int32_t n_axes)
{
    dl__axes_attrs reversed;
    if (!dl__axes_of("flip", x, axes, n_axes, 0, &reversed))
        return NULL;
    const flip_attrs a = {reversed.mask};
    return dl__apply1(&dl__op_flip, x, &a);
}
