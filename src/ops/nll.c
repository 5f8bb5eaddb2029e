/* -w_y log p_y of labels y and logarithms of probabilities. */
#include <string.h>
#include "autograd/autograd.h"
#include "ops/labels.h"
#include "ops/loss.h"

/* The shape of log p: its gradient needs nothing else of it. */
typedef struct nll_attrs {
    dl__class_attrs a;
    int32_t ndim;
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS];
} nll_attrs;

static const dl_attr attr_list[] = {
    {"reduction", DL_ATTR_I32, offsetof(nll_attrs, a.reduction), 1},
    {"ignore_set", DL_ATTR_I32, offsetof(nll_attrs, a.ignore_set), 1},
    {"ignore_index", DL_ATTR_I64, offsetof(nll_attrs, a.ignore_index), 1},
    DL__ATTR(nll_attrs, ndim, I32, 1),
    DL__ATTR(nll_attrs, dims, I64, DL_MAX_DIMS),
    DL__ATTR(nll_attrs, strides, I64, DL_MAX_DIMS),
};

/* ---- walking the rows ------------------------------------------------------------------------ */

/* The byte of the score of a label, the rows counted in logical order. */
static char *score_at(const dl_tensor *x, int64_t row, int64_t label)
{
    const int32_t axis = dl__class_axis(x);
    int64_t at = label * x->strides[axis];
    for (int32_t d = x->ndim - 1; d >= 0; d--)
        if (d != axis) {
            at += row % x->dims[d] * x->strides[d];
            row /= x->dims[d];
        }
    return dl__data(x) + at * (int64_t)dl_dtype_size(x->dtype);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* in: log p, target, weight or NULL. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const nll_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2];
    int64_t dims[DL_MAX_DIMS];
    if (dl__check_scores(c, "log_p", x) != DL_OK)
        return c->ctx->status;
    if (!dl__is_label(t->dtype))
        return dl_fail(c->ctx, DL_EDTYPE, "nll: target is %s, it wants labels: i32, i64 or u8",
                       dl_dtype_name(t->dtype));
    if (dl__check_label_shape(c, "log_p", x, t) != DL_OK ||
        (w && dl__check_class_weight(c, "log_p", x, w) != DL_OK))
        return c->ctx->status;
    const int32_t n = dl__row_dims(x, dims);
    dl__spec_row_major(out, x->dtype, dims, a->a.reduction == DL_REDUCE_NONE ? n : 0);
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    const dl__class_attrs *a = &((const nll_attrs *)c->attrs)->a;
    const dl_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2], *y = c->out[0];
    const int64_t rows = dl__n_rows(x);
    double weights, sum = 0;
    if (dl__check_labels(c, a, x, t, w, &weights) != DL_OK)
        return c->ctx->status;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t label = dl__label_of(t, i);
        double loss = 0;
        if (!(a->ignore_set && label == a->ignore_index))
            loss = -dl__real_of(score_at(x, i, label), x->dtype) * (w ? dl__real_at(w, label) : 1);
        sum += loss;
        if (a->reduction == DL_REDUCE_NONE)
            dl__put_real(dl__element(y, i), y->dtype, loss);
    }
    if (a->reduction != DL_REDUCE_NONE)
        dl__put_real(dl__data(y), y->dtype, sum / dl__class_divisor(a, x, weights));
    return DL_OK;
}

/* ---- gradient: linear, so that its gradient is the loss of what comes back ------------------- */

/* in: dy, target, weight or NULL. */
static dl_status backward_infer(const dl_call *c, dl_spec *out)
{
    const nll_attrs *a = c->attrs;
    dl__spec_noted(out, c->in[0]->dtype, a->ndim, a->dims, a->strides);
    return DL_OK;
}

static dl_status backward_forward(const dl_call *c)
{
    const dl__class_attrs *a = &((const nll_attrs *)c->attrs)->a;
    const dl_tensor *dy = c->in[0], *t = c->in[1], *w = c->in[2], *dx = c->out[0];
    const int64_t rows = dl__n_rows(dx);
    double weights;
    if (dl__check_labels(c, a, dx, t, w, &weights) != DL_OK)
        return c->ctx->status;
    const double scale = -1 / dl__class_divisor(a, dx, weights);
    dl__fill_elements(c->out[0], 0);
    for (int64_t i = 0; i < rows; i++) {
        const int64_t label = dl__label_of(t, i);
        if (a->ignore_set && label == a->ignore_index)
            continue;
        const char *p = a->reduction == DL_REDUCE_NONE ? dl__element(dy, i) : dl__data(dy);
        dl__put_real(score_at(dx, i, label), dx->dtype,
                     dl__real_of(p, dy->dtype) * scale * (w ? dl__real_at(w, label) : 1));
    }
    return DL_OK;
}

extern const dl_op dl__op_nll;

static dl_tensor *apply(const dl_op *op, dl_tensor *x, dl_tensor *target, dl_tensor *weight,
                        const nll_attrs *a)
{
    dl_tensor *in[3] = {x, target, weight}, *out = NULL;
    if (x)
        dl_apply(op, in, 3, a, &out, 1);
    return out;
}

static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 2))
        return dl__refuse_class_weight(c);
    dx[0] = apply(&dl__op_nll, g[0], c->in[1], c->in[2], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_nll_backward = {.name = "nll_backward",
                                   .attrs_size = sizeof(nll_attrs),
                                   .attrs = attr_list,
                                   .n_attrs = 6,
                                   .saves_in = 6,
                                   .infer = backward_infer,
                                   .forward = backward_forward,
                                   .backward = backward_backward};

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 2))
        return dl__refuse_class_weight(c);
    dx[0] = apply(&dl__op_nll_backward, dy[0], c->in[1], c->in[2], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_nll = {.name = "nll",
                          .attrs_size = sizeof(nll_attrs),
                          .attrs = attr_list,
                          .n_attrs = 6,
                          .saves_in = 6,
                          .infer = infer,
                          .forward = forward,
                          .backward = backward};

dl_tensor *dl_nll(dl_tensor *log_p, dl_tensor *target, const dl_loss_opts *o)
{
    static const dl_loss_opts defaults;
    o = o ? o : &defaults;
    if (!target || !dl__ready(log_p) ||
        dl__loss_check(log_p->base.ctx, "nll", o, DL__LOSS_IGNORE | DL__LOSS_WEIGHT) != DL_OK)
        return NULL;
    nll_attrs a = {.a = {o->reduction, o->ignore_set != 0, o->ignore_set ? o->ignore_index : 0},
                   .ndim = log_p->ndim};
    memcpy(a.dims, log_p->dims, sizeof a.dims);
    memcpy(a.strides, log_p->strides, sizeof a.strides);
    return apply(&dl__op_nll, log_p, target, o->weight, &a);
}
