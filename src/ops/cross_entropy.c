/* Cross-entropy from logits, by log-sum-exp: no logarithm of a softmax is taken. The target
 * distribution (kernels/softmax.h calls it q: labels or probabilities with class weights and
 * smoothing) is never stored, except for gradients of gradients. */
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/check.h"
#include "core/text.h"
#include "kernels/softmax.h"
#include "ops/loss.h"

enum { TEXT = 128, NUMBERS = 4 }; /* numbers kept of a row: max, log-sum, sum(q), loss */

typedef struct attrs {
    int32_t reduction, ignore_set;
    int64_t ignore_index;
    double smoothing;
} attrs;

static const dl_attr attr_list[] = {
    {"reduction", DL_ATTR_I32, offsetof(attrs, reduction), 1},
    {"ignore_set", DL_ATTR_I32, offsetof(attrs, ignore_set), 1},
    {"ignore_index", DL_ATTR_I64, offsetof(attrs, ignore_index), 1},
    {"label_smoothing", DL_ATTR_F64, offsetof(attrs, smoothing), 1},
};

static int is_label(dl_dtype dt)
{
    return dt == DL_I32 || dt == DL_I64 || dt == DL_U8;
}

/* The axis of the classes. */
static int32_t class_axis(const dl_tensor *logits)
{
    return logits->ndim > 1;
}

/* The shape without the classes; its rank. */
static int32_t row_dims(const dl_tensor *logits, int64_t *dims)
{
    int32_t n = 0;
    for (int32_t i = 0; i < logits->ndim; i++)
        if (i != class_axis(logits))
            dims[n++] = logits->dims[i];
    return n;
}

static int64_t n_rows(const dl_tensor *logits)
{
    int64_t dims[DL_MAX_DIMS], n = 1;
    for (int32_t i = row_dims(logits, dims) - 1; i >= 0; i--)
        n *= dims[i];
    return n;
}

/* Examples: what DL_REDUCE_BATCH_MEAN divides by. */
static double n_examples(const dl_tensor *logits)
{
    return logits->ndim > 1 ? (double)logits->dims[0] : 1;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static dl_status check_target(const dl_call *c, const dl_tensor *x, const dl_tensor *t)
{
    int64_t dims[DL_MAX_DIMS];
    int32_t n = row_dims(x, dims);
    char logits[TEXT], target[TEXT];
    if (!is_label(t->dtype) && t->dtype != x->dtype)
        return dl_fail(c->ctx, DL_EDTYPE,
                       "cross_entropy: target is %s and logits are %s, it wants labels (i32, i64, "
                       "u8) or probabilities of the logits' type",
                       dl_dtype_name(t->dtype), dl_dtype_name(x->dtype));
    int fits = is_label(t->dtype) ? t->ndim == n && !memcmp(t->dims, dims, (size_t)n * sizeof *dims)
                                  : dl__same_shape(x, t);
    if (fits)
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE, "cross_entropy: target is %s and logits are %s, it wants %s",
                   dl__shape_text(target, sizeof target, t->dims, t->ndim),
                   dl__shape_text(logits, sizeof logits, x->dims, x->ndim),
                   is_label(t->dtype) ? "labels shaped like the logits without their classes"
                                      : "probabilities shaped like the logits");
}

static dl_status check_weight(const dl_call *c, const dl_tensor *x, const dl_tensor *w)
{
    char text[TEXT];
    if (w->dtype != x->dtype)
        return dl_fail(c->ctx, DL_EDTYPE,
                       "cross_entropy: weight is %s and logits are %s, they want one element type",
                       dl_dtype_name(w->dtype), dl_dtype_name(x->dtype));
    if (w->ndim == 1 && w->dims[0] == x->dims[class_axis(x)])
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE,
                   "cross_entropy: weight is %s, it wants one for each of %lld "
                   "classes",
                   dl__shape_text(text, sizeof text, w->dims, w->ndim),
                   (long long)x->dims[class_axis(x)]);
}

/* in: logits, target, weight or NULL. out: the loss; NUMBERS of every row, then what the sum of
 * losses is divided by. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2];
    int64_t dims[DL_MAX_DIMS], kept;
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (x->ndim == 0)
        return dl_fail(c->ctx, DL_ESHAPE,
                       "cross_entropy: logits are [], they want an axis of "
                       "classes");
    if (check_target(c, x, t) != DL_OK || (w && check_weight(c, x, w) != DL_OK))
        return c->ctx->status;
    if (a->ignore_set && !is_label(t->dtype))
        return dl_fail(c->ctx, DL_EINVAL,
                       "cross_entropy: ignore_set wants labels, target holds probabilities");
    int32_t n = row_dims(x, dims);
    dl__spec_row_major(&out[0], x->dtype, dims, a->reduction == DL_REDUCE_NONE ? n : 0);
    if (!dl__mul_i64(n_rows(x), NUMBERS, &kept) || !dl__add_i64(kept, 1, &kept))
        return dl_fail(c->ctx, DL_ELIMIT, "cross_entropy: too many rows");
    dl__spec_row_major(&out[1], x->dtype, &kept, 1);
    return DL_OK;
}

/* The target at a row, counted in logical order. */
static const char *label_at(const dl_tensor *t, int64_t row)
{
    int64_t at = 0;
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        at += row % t->dims[d] * t->strides[d];
        row /= t->dims[d];
    }
    return dl__data(t) + at * (int64_t)dl_dtype_size(t->dtype);
}

static double real_at(const dl_tensor *t, int64_t i)
{
    const char *p =
        dl__data(t) + i * (t->ndim > 0 ? t->strides[0] : 0) * (int64_t)dl_dtype_size(t->dtype);
    return t->dtype == DL_F64 ? *(const double *)(const void *)p
                              : (double)*(const float *)(const void *)p;
}

static dl_status bad_label(const dl_call *c, int64_t row, int64_t label)
{
    const dl_tensor *t = c->in[1];
    int64_t at[DL_MAX_DIMS] = {0}, n = c->in[0]->dims[class_axis(c->in[0])];
    char text[TEXT];
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        at[d] = row % t->dims[d];
        row /= t->dims[d];
    }
    return dl_fail(c->ctx, DL_EINVAL, "cross_entropy: the label at %s is %lld, it wants 0 .. %lld",
                   dl__shape_text(text, sizeof text, at, t->ndim), (long long)label,
                   (long long)n - 1);
}

/* Checks the labels; *sum receives the sum of the weights of those that count. */
static dl_status check_labels(const dl_call *c, double *sum)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *t = c->in[1], *w = c->in[2];
    int64_t rows = n_rows(x), classes = x->dims[class_axis(x)];
    *sum = (double)rows;
    if (!is_label(t->dtype))
        return DL_OK;
    *sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t label = dl__label(label_at(t, i), t->dtype);
        if (a->ignore_set && label == a->ignore_index)
            continue;
        if (label < 0 || label >= classes)
            return bad_label(c, i, label);
        *sum += w ? real_at(w, label) : 1;
    }
    return DL_OK;
}

/* ---- running the kernels --------------------------------------------------------------------- */

static dl__cross_entropy_arg kernel_arg(const dl_call *c, const dl_tensor *target)
{
    const attrs *a = c->attrs;
    return (dl__cross_entropy_arg){.label = target->dtype,
                                   .ignore_set = a->ignore_set,
                                   .ignore_index = a->ignore_index,
                                   .smoothing = a->smoothing,
                                   .scale = 1};
}

/* Operands 0 .. 5 of the kernels. */
static void plan_rows(dl__rows_plan *p, const dl_tensor *dx, const dl_tensor *x,
                      const dl_tensor *target, const dl_tensor *weight, const dl_tensor *numbers)
{
    size_t size = dl_dtype_size(x->dtype);
    int32_t axis = class_axis(x);
    dl__rows_begin(p, x->dims, x->ndim, axis);
    dl__rows_add(p, dl__data(dx), dx->strides, size, axis);
    dl__rows_add(p, dl__data(x), x->strides, size, axis);
    dl__rows_add(p, dl__data(x), x->strides, size, axis);
    if (is_label(target->dtype))
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
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *numbers = c->out[1];
    int64_t rows = n_rows(x);
    double divisor, loss = 0;
    if (check_labels(c, &divisor) != DL_OK)
        return c->ctx->status;
    if (a->reduction != DL_REDUCE_MEAN)
        divisor = a->reduction == DL_REDUCE_BATCH_MEAN ? n_examples(x) : 1;
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = kernel_arg(c, c->in[1]);
    plan_rows(&plan, x, x, c->in[1], c->in[2], numbers);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY, x->dtype), &arg);
    set_real(numbers, NUMBERS * rows, divisor);
    for (int64_t i = 0; i < rows; i++) {
        double one = real_at(numbers, (NUMBERS - 1) * rows + i);
        loss += one;
        if (a->reduction == DL_REDUCE_NONE)
            set_real(c->out[0], i, one);
    }
    if (a->reduction != DL_REDUCE_NONE)
        set_real(c->out[0], 0, loss / divisor);
    return DL_OK;
}

/* ---- the target as a tensor, for gradients of gradients -------------------------------------- */

/* in: logits (their shape), target, weight or NULL, numbers. */
static dl_status like_logits(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[0]);
    return DL_OK;
}

static dl_status target_forward(const dl_call *c)
{
    const dl_tensor *x = c->in[0], *numbers = c->in[3];
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = kernel_arg(c, c->in[1]);
    arg.scale = 1 / real_at(numbers, NUMBERS * n_rows(x));
    plan_rows(&plan, c->out[0], x, c->in[1], c->in[2], numbers);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY_TARGET, x->dtype), &arg);
    return DL_OK;
}

const dl_op dl__op_cross_entropy_target = {.name = "cross_entropy_target",
                                           .attrs_size = sizeof(attrs),
                                           .attrs = attr_list,
                                           .n_attrs = 4,
                                           .infer = like_logits,
                                           .forward = target_forward};

/* Class weights as [C, 1, ..], to go along the classes. */
static dl_tensor *along_classes(dl_tensor *weight, const dl_tensor *logits)
{
    int64_t dims[DL_MAX_DIMS] = {weight->dims[0], 1, 1, 1, 1, 1, 1, 1};
    return dl_reshape(weight, dims, logits->ndim - class_axis(logits));
}

/* What the loss of probabilities is multiplied with for its mean. */
static double mean_scale(const attrs *a, const dl_tensor *logits)
{
    if (a->reduction == DL_REDUCE_MEAN)
        return 1 / (double)n_rows(logits);
    return a->reduction == DL_REDUCE_BATCH_MEAN ? 1 / n_examples(logits) : 1;
}

/* q over the divisor, shaped like the logits. */
static dl_tensor *target_of(const dl_call *c, dl_tensor *logits, dl_tensor *target,
                            dl_tensor *weight, dl_tensor *numbers)
{
    const attrs *a = c->attrs;
    dl_tensor *q = NULL;
    if (is_label(target->dtype)) {
        dl_tensor *in[4] = {dl_detach(logits), target, weight, numbers};
        if (in[0])
            dl_apply(&dl__op_cross_entropy_target, in, 4, a, &q, 1);
        return q;
    }
    double classes = (double)logits->dims[class_axis(logits)], scale = mean_scale(a, logits);
    q = dl_scale(target, scale * (1 - a->smoothing));
    if (a->smoothing > 0)
        q = dl_add_scalar(q, scale * a->smoothing / classes);
    return weight ? dl_mul(q, along_classes(weight, logits)) : q;
}

/* ---- gradients ------------------------------------------------------------------------------- */

static dl_tensor *sum_classes(dl_tensor *t)
{
    int64_t dims[DL_MAX_DIMS];
    if (!t)
        return NULL;
    memcpy(dims, t->dims, sizeof dims);
    dims[class_axis(t)] = 1;
    return dl__sum_to(t, dims, t->ndim);
}

/* The gradient of the loss, one number or one for a row, to go with the logits. */
static dl_tensor *for_rows(const dl_call *c, dl_tensor *dy, const dl_tensor *logits)
{
    const attrs *a = c->attrs;
    return a->reduction == DL_REDUCE_NONE ? dl_unsqueeze(dy, class_axis(logits)) : dy;
}

/* d loss / d target_c = -dy w_c (1 - smoothing) log softmax(x)_c / divisor; t is log softmax(x), or
 * what stands for it. */
static dl_tensor *target_gradient(const dl_call *c, dl_tensor *t, dl_tensor *dy, dl_tensor *logits,
                                  dl_tensor *weight)
{
    const attrs *a = c->attrs;
    t = dl_scale(dl_mul(t, for_rows(c, dy, logits)), -(1 - a->smoothing) * mean_scale(a, logits));
    return weight ? dl_mul(t, along_classes(weight, logits)) : t;
}

static dl_status refuse_weight(const dl_call *c)
{
    return dl_fail(c->ctx, DL_EUNSUPPORTED,
                   "cross_entropy: class weights are constants, they have no gradient; "
                   "dl_detach them");
}

static dl_status backward_forward(const dl_call *c)
{
    const dl_tensor *dy = c->in[0], *x = c->in[1], *numbers = c->in[4];
    size_t size = dl_dtype_size(x->dtype);
    dl__rows_plan plan;
    dl__cross_entropy_arg arg = kernel_arg(c, c->in[2]);
    arg.scale = 1 / real_at(numbers, NUMBERS * n_rows(x));
    plan_rows(&plan, c->out[0], x, c->in[2], c->in[3], numbers);
    if (dy->ndim == 0)
        dl__rows_add_same(&plan, dl__data(dy), 0, size);
    else
        dl__rows_add_one(&plan, dl__data(dy), dy->strides, size);
    dl__rows_run(c->ctx, &plan, dl__softmax_kernel(DL__CROSS_ENTROPY_BACKWARD, x->dtype), &arg);
    return DL_OK;
}

static dl_status backward_infer(const dl_call *c, dl_spec *out)
{
    dl__spec_like(out, c->in[1]);
    return DL_OK;
}

/* in: dy, logits, target, weight or NULL, numbers. f = dy (A p - q) with p = softmax(x), A =
 * sum(q): (df/d(dy))^T g = sum(g (A p - q)),
 * (df/dx)^T g = p (h - sum(h p)) with h = g dy A,
 * (df/dt_c)^T g = dy w_c (1 - smoothing) (sum(g p) - g_c) / divisor. */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    const attrs *a = c->attrs;
    dl_tensor *dy = c->in[0], *x = c->in[1], *weight = c->in[3];
    if (dl_call_wants(c, 3))
        return refuse_weight(c);
    dl_tensor *q = target_of(c, x, c->in[2], weight, c->in[4]), *sum = sum_classes(q);
    dl_tensor *p = dl_softmax(x, class_axis(x));
    if (dl_call_wants(c, 0)) {
        dx[0] = dl_mul(g[0], dl_sub(dl_mul(p, sum), q));
        if (a->reduction == DL_REDUCE_NONE)
            dx[0] = dl_squeeze(sum_classes(dx[0]), class_axis(x));
    }
    if (dl_call_wants(c, 1)) {
        dl_tensor *h = dl_mul(dl_mul(g[0], for_rows(c, dy, x)), sum);
        dx[1] = dl_mul(p, dl_sub(h, sum_classes(dl_mul(h, p))));
    }
    if (dl_call_wants(c, 2))
        dx[2] = target_gradient(c, dl_sub(g[0], sum_classes(dl_mul(g[0], p))), dy, x, weight);
    return c->ctx->status;
}

const dl_op dl__op_cross_entropy_backward = {.name = "cross_entropy_backward",
                                             .attrs_size = sizeof(attrs),
                                             .attrs = attr_list,
                                             .n_attrs = 4,
                                             .saves_in = 31,
                                             .infer = backward_infer,
                                             .forward = backward_forward,
                                             .backward = backward_backward};

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *x = c->in[0], *weight = c->in[2];
    if (dl_call_wants(c, 2))
        return refuse_weight(c);
    if (dl_call_wants(c, 0)) {
        dl_tensor *in[5] = {dy[0], x, c->in[1], weight, dl_detach(c->out[1])};
        if (in[4])
            dl_apply(&dl__op_cross_entropy_backward, in, 5, c->attrs, &dx[0], 1);
    }
    if (dl_call_wants(c, 1))
        dx[1] = target_gradient(c, dl_log_softmax(x, class_axis(x)), dy[0], x, weight);
    return c->ctx->status;
}

const dl_op dl__op_cross_entropy = {.name = "cross_entropy",
                                    .attrs_size = sizeof(attrs),
                                    .attrs = attr_list,
                                    .n_attrs = 4,
                                    .saves_in = 7,
                                    .saves_out = 2,
                                    .infer = infer,
                                    .forward = forward,
                                    .backward = backward};

dl_tensor *dl_cross_entropy(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o)
{
    static const dl_loss_opts defaults;
    o = o ? o : &defaults;
    if (!logits || !target || !dl__ok(logits->base.ctx) ||
        dl__loss_check(logits->base.ctx, "cross_entropy", o,
                       DL__LOSS_IGNORE | DL__LOSS_SMOOTHING | DL__LOSS_WEIGHT) != DL_OK)
        return NULL;
    attrs a = {o->reduction, o->ignore_set != 0, o->ignore_set ? o->ignore_index : 0,
               o->label_smoothing};
    dl_tensor *in[3] = {logits, target, o->weight}, *out[2];
    dl_apply(&dl__op_cross_entropy, in, 3, &a, out, 2);
    dl_tensor_drop(dl_tensor_take(out[1])); /* the record keeps what it needs */
    return out[0];
}
