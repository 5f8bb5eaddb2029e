/* Cross-entropy from logits, by log-sum-exp: no logarithm of a softmax is taken. The target
 * distribution (kernels/softmax.h calls it q: labels or probabilities with class weights and
 * smoothing) is never stored, except for gradients of gradients. */
#include "ops/cross_entropy.h"
#include "core/check.h"
#include "ops/loss.h"

const dl_attr dl__cross_entropy_attr_list[4] = {
    {"reduction", DL_ATTR_I32, offsetof(dl__cross_entropy_attrs, c.reduction), 1},
    {"ignore_set", DL_ATTR_I32, offsetof(dl__cross_entropy_attrs, c.ignore_set), 1},
    {"ignore_index", DL_ATTR_I64, offsetof(dl__cross_entropy_attrs, c.ignore_index), 1},
    {"label_smoothing", DL_ATTR_F64, offsetof(dl__cross_entropy_attrs, smoothing), 1},
};

/* ---- checks ---------------------------------------------------------------------------------- */

static dl_status check_target(const dl_call *c, const dl_tensor *x, const dl_tensor *t)
{
    char logits[DL__SHAPE_TEXT], target[DL__SHAPE_TEXT];
    if (dl__is_label(t->dtype))
        return dl__check_label_shape(c, "logits", x, t);
    if (t->dtype != x->dtype)
        return dl_fail(c->ctx, DL_EDTYPE,
                       "cross_entropy: target is %s and logits are %s, it wants labels (i32, i64, "
                       "u8) or probabilities of the logits' type",
                       dl_dtype_name(t->dtype), dl_dtype_name(x->dtype));
    if (dl__same_shape(x, t))
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE,
                   "cross_entropy: target is %s and logits are %s, it wants probabilities shaped "
                   "like the logits",
                   dl__dims_text(target, t), dl__dims_text(logits, x));
}

/* in: logits, target, weight or NULL. out: the loss; the numbers of every row, then what the sum of
 * losses is divided by. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2];
    int64_t dims[DL_MAX_DIMS], kept;
    if (!t)
        return dl_fail(c->ctx, DL_EINVAL, "cross_entropy: there is no target");
    if (dl__check_scores(c, "logits", x) != DL_OK || check_target(c, x, t) != DL_OK ||
        (w && dl__check_class_weight(c, "logits", x, w) != DL_OK))
        return c->ctx->status;
    if (a->c.ignore_set && !dl__is_label(t->dtype))
        return dl_fail(c->ctx, DL_EINVAL,
                       "cross_entropy: ignore_set wants labels, target holds probabilities");
    const int32_t n = dl__row_dims(x, dims);
    dl__spec_row_major(&out[0], x->dtype, dims, a->c.reduction == DL_REDUCE_NONE ? n : 0);
    if (!dl__mul_i64(dl__n_rows(x), DL__CROSS_ENTROPY_NUMBERS, &kept) ||
        !dl__add_i64(kept, 1, &kept))
        return dl_fail(c->ctx, DL_ELIMIT, "cross_entropy: too many rows");
    dl__spec_row_major(&out[1], x->dtype, &kept, 1);
    return DL_OK;
}

/* ---- running the kernels --------------------------------------------------------------------- */

dl__cross_entropy_arg dl__cross_entropy_kernel_arg(const dl_call *c, const dl_tensor *target)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    return (dl__cross_entropy_arg){.label = target->dtype,
                                   .ignore_set = a->c.ignore_set,
                                   .ignore_index = a->c.ignore_index,
                                   .smoothing = a->smoothing,
                                   .scale = 1};
}

void dl__cross_entropy_plan(dl__rows_plan *p, const dl_tensor *dx, const dl_tensor *x,
                            const dl_tensor *target, const dl_tensor *weight,
                            const dl_tensor *numbers)
{
    size_t size = dl_dtype_size(x->dtype);
    int32_t axis = dl__class_axis(x);
    dl__rows_begin(p, x->dims, x->ndim, axis);
    dl__rows_add(p, dl__data(dx), dx->strides, size, axis);
    dl__rows_add(p, dl__data(x), x->strides, size, axis);
    dl__rows_add(p, dl__data(x), x->strides, size, axis);
    if (dl__is_label(target->dtype))
        dl__rows_add_one(p, dl__data(target), target->strides, dl_dtype_size(target->dtype));
    else
        dl__rows_add(p, dl__data(target), target->strides, size, axis);
    dl__rows_add_same(p, weight ? dl__data(weight) : NULL, weight ? weight->strides[0] : 0, size);
    int64_t strides[DL_MAX_DIMS] = {0}, step = 1; /* number k of a row lies n_rows k further */
    for (int32_t i = x->ndim - 1; i >= 0; i--)
        if (i != axis) {
            strides[i] = step;
            step *= x->dims[i];
        }
    strides[axis] = step;
    dl__rows_add(p, dl__data(numbers), strides, size, axis);
}

static void set_real(const dl_tensor *t, int64_t i, double v)
{
    if (t->dtype == DL_F64)
        ((double *)(void *)dl__data(t))[i] = v;
    else
        ((float *)(void *)dl__data(t))[i] = (float)v;
}

static dl_status forward(const dl_call *c)
{
    const dl__cross_entropy_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *numbers = c->out[1];
    int64_t rows = dl__n_rows(x);
    double weights = (double)rows, loss = 0;
    if (dl__is_label(c->in[1]->dtype) &&
        dl__check_labels(c, &a->c, x, c->in[1], c->in[2], &weights) != DL_OK)
        return c->ctx->status;
    const double divisor = dl__class_divisor(&a->c, x, weights);
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = dl__cross_entropy_kernel_arg(c, c->in[1]);
    dl__cross_entropy_plan(&plan, x, x, c->in[1], c->in[2], numbers);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY, x->dtype), &arg);
    set_real(numbers, DL__CROSS_ENTROPY_NUMBERS * rows, divisor);
    for (int64_t i = 0; i < rows; i++) {
        double one = dl__real_at(numbers, (DL__CROSS_ENTROPY_NUMBERS - 1) * rows + i);
        loss += one;
        if (a->c.reduction == DL_REDUCE_NONE)
            set_real(c->out[0], i, one);
    }
    if (a->c.reduction != DL_REDUCE_NONE)
        set_real(c->out[0], 0, loss / divisor);
    return DL_OK;
}

const dl_op dl__op_cross_entropy = {.name = "cross_entropy",
                                    .attrs_size = sizeof(dl__cross_entropy_attrs),
                                    .attrs = dl__cross_entropy_attr_list,
                                    .n_attrs = 4,
                                    .saves_in = 7,
                                    .saves_out = 2,
                                    .infer = infer,
                                    .forward = forward,
                                    .backward = dl__cross_entropy_gradient,
                                    .replay_in = 3,
                                    .replay_out = 2};

dl_tensor *dl_cross_entropy(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o)
{
    static const dl_loss_opts defaults;
    o = o ? o : &defaults;
    if (!logits || !target || !dl__ok(logits->base.ctx) ||
        dl__loss_check(logits->base.ctx, "cross_entropy", o,
                       DL__LOSS_IGNORE | DL__LOSS_SMOOTHING | DL__LOSS_WEIGHT) != DL_OK)
        return NULL;
    const dl__cross_entropy_attrs a = {
        {o->reduction, o->ignore_set != 0, o->ignore_set ? o->ignore_index : 0},
        o->label_smoothing};
    dl_tensor *in[3] = {logits, target, o->weight}, *out[2];
    dl_apply(&dl__op_cross_entropy, in, 3, &a, out, 2);
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}
