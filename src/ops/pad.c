/* Elements put around x, or cut off. Axes are padded one after the other: along axis k a border has
 * all places of the axes before k, and those of x alone of the axes behind it. It is constant, or a
 * strided copy of what lies inside; its gradient goes back the same way in the opposite order. */
#include <string.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "ops/shape.h"

typedef struct pad_attrs {
    int64_t pads[2 * DL_MAX_DIMS]; /* before, after each axis */
    int32_t mode;
    double value;
} pad_attrs;

static const dl_attr attrs[] = {DL__ATTR(pad_attrs, pads, I64, 2 * DL_MAX_DIMS),
                                DL__ATTR(pad_attrs, mode, I32, 1),
                                DL__ATTR(pad_attrs, value, F64, 1)};

static dl_tensor *padded(dl_tensor *x, const pad_attrs *a);

/* ---- the pieces ------------------------------------------------------------------------------ */

static int64_t added(const pad_attrs *a, int32_t axis, int32_t side)
{
    const int64_t n = a->pads[2 * axis + side];
    return n > 0 ? n : 0;
}

static int64_t cut(const pad_attrs *a, int32_t axis, int32_t side)
{
    const int64_t n = a->pads[2 * axis + side];
    return n < 0 ? -n : 0;
}

/* Places start, start + step, ... of an axis. */
static void take(dl_tensor *t, int32_t axis, int64_t start, int64_t n, int64_t step)
{
    t->offset += start * t->strides[axis];
    t->strides[axis] *= step;
    t->dims[axis] = n;
}

/* What is left of x, as a value. */
static dl_tensor cropped(const dl_tensor *x, const pad_attrs *a)
{
    dl_tensor t = dl__tensor_value(x);
    for (int32_t k = 0; k < x->ndim; k++)
        take(&t, k, cut(a, k, 0), x->dims[k] - cut(a, k, 0) - cut(a, k, 1), 1);
    return t;
}

/* y without the borders of the axes from first on, as a value: x from there on. */
static dl_tensor without(const dl_tensor *y, const pad_attrs *a, int32_t first)
{
    dl_tensor t = dl__tensor_value(y);
    for (int32_t k = first; k < y->ndim; k++)
        take(&t, k, added(a, k, 0), y->dims[k] - added(a, k, 0) - added(a, k, 1), 1);
    return t;
}

/* A border of y, and what it repeats, of the same shape. */
typedef struct border {
    dl_tensor at, from;
} border;

static border border_of(const dl_tensor *y, const pad_attrs *a, int32_t axis, int32_t side)
{
    border b = {.at = without(y, a, axis + 1)};
    b.from = dl__tensor_value(&b.at);
    const int64_t before = added(a, axis, 0), n = added(a, axis, side);
    const int64_t inside = y->dims[axis] - before - added(a, axis, 1);
    const int64_t end = before + inside; /* of what is inside */
    int64_t start = 0, step = 1;
    if (a->mode == DL_PAD_REFLECT) {
        start = side == 0 ? 2 * before : end - 2;
        step = -1;
    } else if (a->mode == DL_PAD_REPLICATE) {
        start = side == 0 ? before : end - 1;
        step = 0;
    } else {
        start = side == 0 ? end - n : before;
    }
    take(&b.at, axis, side == 0 ? 0 : end, n, 1);
    take(&b.from, axis, start, n, step);
    return b;
}

static int is_constant(const pad_attrs *a)
{
    return a->mode == DL_PAD_ZEROS || a->mode == DL_PAD_CONSTANT;
}

/* ---- the gradient of the modes that repeat elements ------------------------------------------ */

/* Adds a border to what it repeats. A replicated element is many places of the border: one after
 * the other. */
static dl_status fold(const border *b, const pad_attrs *a, int32_t axis)
{
    const int32_t one_by_one = a->mode == DL_PAD_REPLICATE;
    const int64_t n = b->at.dims[axis];
    for (int64_t i = 0; i < (one_by_one ? n : 1); i++) {
        dl_tensor at = dl__tensor_value(&b->at), from = dl__tensor_value(&b->from);
        if (one_by_one) {
            take(&at, axis, i, 1, 1);
            from.dims[axis] = 1;
        }
        const dl_status status = dl__accumulate(&from, &at);
        if (status != DL_OK)
            return status;
    }
    return DL_OK;
}

static dl_status gradient_infer(const dl_call *c, dl_spec *out)
{
    const pad_attrs *a = c->attrs;
    dl_tensor x = dl__tensor_value(c->in[0]); /* the layout of dy */
    for (int32_t k = 0; k < x.ndim; k++)
        x.dims[k] -= a->pads[2 * k] + a->pads[2 * k + 1];
    dl__spec_like(out, &x);
    return DL_OK;
}

static dl_status gradient_forward(const dl_call *c)
{
    const pad_attrs *a = c->attrs;
    dl__shape shape = dl__dense_like(c->in[0]);
    dl_tensor *sum = dl__tensor_new(c->ctx, &shape, 0), *dx = c->out[0]; /* borders fold into it */
    dl_status status = sum ? DL_OK : c->ctx->status;
    if (sum)
        dl__copy_elements(sum, c->in[0]);
    for (int32_t axis = c->in[0]->ndim - 1; status == DL_OK && axis >= 0; axis--)
        for (int32_t side = 0; status == DL_OK && side < 2; side++) {
            const border b = border_of(sum, a, axis, side);
            if (dl__count_of(&b.at) > 0)
                status = fold(&b, a, axis);
        }
    if (status == DL_OK) {
        dl_tensor part = cropped(dx, a), inside = without(sum, a, 0);
        if (!c->accumulate && !dl__same_shape(&part, dx))
            dl__fill_elements(dx, 0);
        part.fresh = !c->accumulate;
        status = dl__count_of(&part) > 0 ? dl__accumulate(&part, &inside) : DL_OK;
    }
    dl_tensor_drop(sum);
    return status;
}

static dl_status gradient_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dx[0] = padded(g[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_pad_backward = {
    .name = "pad_backward",
    .attrs_size = sizeof(pad_attrs),
    .attrs = attrs,
    .n_attrs = 3,
    .flags = DL_OP_ACCUMULATES,
    .infer = gradient_infer,
    .forward = gradient_forward,
    .backward = gradient_backward,
};

/* ---- the padding ----------------------------------------------------------------------------- */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const pad_attrs *a = c->attrs;
    dl_tensor y = cropped(c->in[0], a);
    for (int32_t k = 0; k < y.ndim; k++)
        if (!dl__add_i64(y.dims[k], added(a, k, 0), &y.dims[k]) ||
            !dl__add_i64(y.dims[k], added(a, k, 1), &y.dims[k]))
            return dl_fail(c->ctx, DL_ELIMIT, "pad: axis %d grows out of 64 bits", (int)k);
    dl__spec_like(out, &y);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const pad_attrs *a = c->attrs;
    dl_tensor *y = c->out[0], inside = without(y, a, 0);
    const dl_tensor x = cropped(c->in[0], a);
    if (dl__count_of(&x) > 0)
        dl__copy_elements(&inside, &x);
    for (int32_t axis = 0; axis < y->ndim; axis++)
        for (int32_t side = 0; side < 2; side++) {
            border b = border_of(y, a, axis, side);
            if (dl__count_of(&b.at) == 0)
                continue;
            if (is_constant(a))
                dl__fill_elements(&b.at, a->mode == DL_PAD_CONSTANT ? a->value : 0);
            else
                dl__copy_elements(&b.at, &b.from);
        }
    return DL_OK;
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const pad_attrs *a = c->attrs;
    if (!is_constant(a))
        return dl__gradient(&dl__op_pad_backward, dy, 1, a, &dx[0]);
    pad_attrs back = {.mode = DL_PAD_ZEROS}; /* what was added is cut, what was cut is 0 */
    for (int32_t i = 0; i < 2 * dy[0]->ndim; i++)
        back.pads[i] = -a->pads[i];
    dx[0] = padded(dy[0], &back);
    return c->ctx->status;
}

const dl_op dl__op_pad = {
    .name = "pad",
    .attrs_size = sizeof(pad_attrs),
    .attrs = attrs,
    .n_attrs = 3,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

static dl_tensor *padded(dl_tensor *x, const pad_attrs *a)
{
    return dl__apply1(&dl__op_pad, x, a);
}

/* ---- the front door -------------------------------------------------------------------------- */

/* Checks axis k of x. */
static dl_status check_axis(const dl_tensor *x, const pad_attrs *a, int32_t k)
{
    dl_ctx *ctx = x->base.ctx;
    const int64_t n = x->dims[k], before = a->pads[2 * k], after = a->pads[2 * k + 1];
    char text[DL__SHAPE_TEXT];
    dl__dims_text(text, x);
    if (before < -n || after < -n || cut(a, k, 0) + cut(a, k, 1) > n)
        return dl_fail(ctx, DL_ESHAPE, "pad: pads %lld and %lld cut more than axis %d of %s has",
                       (long long)before, (long long)after, (int)k, text);
    if (is_constant(a) || (before <= 0 && after <= 0))
        return DL_OK;
    const int64_t left = n - cut(a, k, 0) - cut(a, k, 1);
    const int64_t most = a->mode == DL_PAD_REFLECT    ? left - 1
                         : a->mode == DL_PAD_CIRCULAR ? left
                         : left > 0                   ? INT64_MAX
                                                      : 0;
    if (before <= most && after <= most)
        return DL_OK;
    static const char *const name[] = {"zeros", "constant", "reflect", "replicate", "circular"};
    return dl_fail(ctx, DL_ESHAPE, "pad: pads %lld and %lld of axis %d of %s, %s pads at most %lld",
                   (long long)before, (long long)after, (int)k, text, name[a->mode],
                   (long long)(most > 0 ? most : 0));
}

dl_tensor *dl_pad(dl_tensor *x, const int64_t *pads, int32_t n_pads, int32_t mode, double value)
{
    pad_attrs a = {.mode = mode, .value = mode == DL_PAD_CONSTANT ? value : 0};
    if (!dl__ready(x))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    char text[DL__SHAPE_TEXT];
    dl__dims_text(text, x);
    if (mode < DL_PAD_ZEROS || mode > DL_PAD_CIRCULAR)
        dl_fail(ctx, DL_EINVAL, "pad: mode is %d, wanted DL_PAD_ZEROS to DL_PAD_CIRCULAR",
                (int)mode);
    else if (n_pads != 2 * x->ndim)
        dl_fail(ctx, DL_EINVAL, "pad: %d pads for %s, wanted %d: before and after each axis",
                (int)n_pads, text, (int)(2 * x->ndim));
    else if (n_pads > 0 && !pads)
        dl_fail(ctx, DL_EINVAL, "pad: pads is NULL, wanted %d numbers", (int)n_pads);
    for (int32_t k = 0; dl__ok(ctx) && k < x->ndim; k++) {
        memcpy(a.pads + 2 * k, pads + 2 * k, 2 * sizeof *pads);
        check_axis(x, &a, k);
    }
    return dl__ok(ctx) ? padded(x, &a) : NULL;
}
