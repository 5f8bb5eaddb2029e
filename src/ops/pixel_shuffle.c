/* Channels become places, and back: a copy between two views with six axes. */
#include "core/check.h"
#include "dl/conv.h"
#include "ops/shape.h"

typedef struct shuffle_attrs {
    int64_t factor;
    int32_t back; /* 1: places become channels */
} shuffle_attrs;
static const dl_attr attrs[] = {DL__ATTR(shuffle_attrs, factor, I64, 1),
                                DL__ATTR(shuffle_attrs, back, I32, 1)};

enum { PICTURE = 4 };

/* [N, C r r, H, W] as [N, C, r, r, H, W]. */
static dl_tensor by_channels(const dl_tensor *t, int64_t r)
{
    const int64_t s = t->strides[1];
    dl_tensor v = dl__tensor_value(t);
    v.ndim = 6;
    v.dims[1] /= r * r;
    v.strides[1] = s * r * r;
    for (int32_t k = 0; k < 2; k++) {
        v.dims[2 + k] = r;
        v.strides[2 + k] = k == 0 ? s * r : s;
        v.dims[4 + k] = t->dims[2 + k];
        v.strides[4 + k] = t->strides[2 + k];
    }
    return v;
}

/* [N, C, H r, W r] as [N, C, r, r, H, W]. */
static dl_tensor by_places(const dl_tensor *t, int64_t r)
{
    dl_tensor v = dl__tensor_value(t);
    v.ndim = 6;
    for (int32_t k = 0; k < 2; k++) {
        v.dims[2 + k] = r;
        v.strides[2 + k] = t->strides[2 + k];
        v.dims[4 + k] = t->dims[2 + k] / r;
        v.strides[4 + k] = t->strides[2 + k] * r;
    }
    return v;
}

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const shuffle_attrs *a = c->attrs;
    const int64_t r = a->factor;
    dl_tensor y = dl__tensor_value(c->in[0]);
    y.dims[1] = a->back ? y.dims[1] * r * r : y.dims[1] / (r * r);
    for (int32_t k = 2; k < PICTURE; k++)
        y.dims[k] = a->back ? y.dims[k] / r : y.dims[k] * r;
    dl__spec_like(out, &y);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const shuffle_attrs *a = c->attrs;
    const int64_t r = a->factor;
    const dl_tensor *x = c->in[0], *y = c->out[0];
    const dl_tensor from = a->back ? by_places(x, r) : by_channels(x, r);
    dl_tensor to = a->back ? by_channels(y, r) : by_places(y, r);
    if (dl__count_of(x) > 0)
        dl__copy_elements(&to, &from);
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    shuffle_attrs a = *(const shuffle_attrs *)c->attrs;
    a.back = !a.back;
    dx[0] = dl__apply1(c->op, dy[0], &a);
    return c->ctx->status;
}

const dl_op dl__op_pixel_shuffle = {
    .name = "pixel_shuffle",
    .attrs_size = sizeof(shuffle_attrs),
    .attrs = attrs,
    .n_attrs = 2,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

static dl_tensor *shuffled(dl_tensor *x, int32_t r, int32_t back)
{
    const char *who = back ? "pixel_unshuffle" : "pixel_shuffle";
    const shuffle_attrs a = {r, back};
    char text[DL__SHAPE_TEXT];
    int64_t square, n;
    if (!dl__ready(x))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    dl__dims_text(text, x);
    if (r < 1) {
        dl_fail(ctx, DL_EINVAL, "%s: the factor is %d, wanted 1 or more", who, (int)r);
        return NULL;
    }
    if (x->ndim != PICTURE) {
        dl_fail(ctx, DL_ESHAPE, "%s: the input is %s, wanted [N, C, H, W]", who, text);
        return NULL;
    }
    square = (int64_t)r * r;
    if (back && (x->dims[2] % r != 0 || x->dims[3] % r != 0))
        dl_fail(ctx, DL_ESHAPE, "%s: the input is %s, %d does not divide its sizes", who, text,
                (int)r);
    else if (!back && x->dims[1] % square != 0)
        dl_fail(ctx, DL_ESHAPE, "%s: the input is %s, %lld does not divide its channels", who, text,
                (long long)square);
    else if (back ? !dl__mul_i64(x->dims[1], square, &n)
                  : !dl__mul_i64(x->dims[2], r, &n) || !dl__mul_i64(x->dims[3], r, &n))
        dl_fail(ctx, DL_ELIMIT, "%s: the input is %s, the result too large", who, text);
    return dl__ok(ctx) ? dl__apply1(&dl__op_pixel_shuffle, x, &a) : NULL;
}

dl_tensor *dl_pixel_shuffle(dl_tensor *x, int32_t r)
{
    return shuffled(x, r, 0);
}

dl_tensor *dl_pixel_unshuffle(dl_tensor *x, int32_t r)
{
    return shuffled(x, r, 1);
}
