#include <math.h>
#include <stdatomic.h>
#include "autograd/autograd.h"
#include "core/text.h"
#include "ops/loss.h"
#include "tensor/iterate.h"

/* ---- options --------------------------------------------------------------------------------- */

static dl_status refuse(dl_ctx *ctx, const char *who, const char *option)
{
    return dl_fail(ctx, DL_EINVAL, "%s: %s is set, which this loss does not have", who, option);
}

dl_status dl__loss_check(dl_ctx *ctx, const char *who, const dl_loss_opts *o, int32_t uses)
{
    char text[DL__NUMBER];
    if (o->reduction < DL_REDUCE_MEAN || o->reduction > DL_REDUCE_BATCH_MEAN)
        return dl_fail(ctx, DL_EINVAL, "%s: reduction is %d, it wants DL_REDUCE_*", who,
                       (int)o->reduction);
    if (o->ignore_set && !(uses & DL__LOSS_IGNORE))
        return refuse(ctx, who, "ignore_set");
    if (o->label_smoothing != 0 && !(uses & DL__LOSS_SMOOTHING))
        return refuse(ctx, who, "label_smoothing");
    if (o->weight && !(uses & DL__LOSS_WEIGHT))
        return refuse(ctx, who, "weight");
    if (o->pos_weight && !(uses & DL__LOSS_POS_WEIGHT))
        return refuse(ctx, who, "pos_weight");
    if (!(o->label_smoothing >= 0 && o->label_smoothing < 1))
        return dl_fail(ctx, DL_EINVAL, "%s: label_smoothing is %s, it wants a number in [0, 1)",
                       who, dl__double_text(text, o->label_smoothing));
    return DL__RESERVED(ctx, who, o);
}

int dl__loss_number(dl_ctx *ctx, const char *who, const char *name, double v, int zero)
{
    char text[DL__NUMBER];
    if (isfinite(v) && (v > 0 || (zero && v == 0)))
        return 1;
    dl_fail(ctx, DL_EINVAL, "%s: %s is %s, it wants a finite number, %s", who, name,
            dl__double_text(text, v), zero ? "at least 0" : "above 0");
    return 0;
}

int32_t dl__loss_begin(const char *who, const dl_tensor *pred, const dl_tensor *target,
                       const dl_loss_opts **o, int32_t uses)
{
    static const dl_loss_opts defaults;
    if (!*o)
        *o = &defaults;
    if (!target || !dl__ready(pred) || dl__loss_check(pred->base.ctx, who, *o, uses) != DL_OK)
        return -1;
    return dl_scope_begin(pred->base.ctx); /* what is summed up need not outlive the loss */
}

/* ---- reductions ------------------------------------------------------------------------------ */

int dl__loss_weight_fits(const char *who, const char *option, const dl_tensor *y,
                         const dl_tensor *weight)
{
    char a[DL__SHAPE_TEXT], b[DL__SHAPE_TEXT];
    if (weight->base.ctx != y->base.ctx) {
        dl_fail(y->base.ctx, DL_EINVAL, "%s: %s belongs to another context", who, option);
        return 0;
    }
    if (weight->dtype != y->dtype) {
        dl_fail(y->base.ctx, DL_EDTYPE, "%s: %s is %s and the losses are %s, they want one type",
                who, option, dl_dtype_name(weight->dtype), dl_dtype_name(y->dtype));
        return 0;
    }
    if (dl__broadcasts(weight->dims, weight->ndim, y->dims, y->ndim))
        return 1;
    dl_fail(y->base.ctx, DL_ESHAPE, "%s: %s is %s, it wants to broadcast to the losses' %s", who,
            option, dl__dims_text(a, weight), dl__dims_text(b, y));
    return 0;
}

/* The mean over no elements is NaN, as PyTorch has it; dl_mean refuses to take one. */
static dl_tensor *reduced(const char *who, dl_tensor *y, int32_t reduction)
{
    if (!y || reduction == DL_REDUCE_NONE)
        return y;
    if (reduction == DL_REDUCE_BATCH_MEAN && y->ndim == 0) {
        dl_fail(y->base.ctx, DL_ESHAPE,
                "%s: DL_REDUCE_BATCH_MEAN wants an axis of examples, the losses are []", who);
        return NULL;
    }
    if (reduction == DL_REDUCE_MEAN && dl__count_of(y) > 0)
        return dl_mean(y, NULL, 0, 0);
    dl_tensor *sum = dl_sum(y, NULL, 0, 0);
    if (reduction == DL_REDUCE_SUM)
        return sum;
    const int some = reduction == DL_REDUCE_BATCH_MEAN && y->dims[0] > 0;
    return dl_scale(sum, some ? 1 / (double)y->dims[0] : (double)NAN);
}

dl_tensor *dl__loss_end(const char *who, dl_ctx *ctx, int32_t mark, dl_tensor *y,
                        const dl_loss_opts *o)
{
    if (y && o->weight)
        y = dl__loss_weight_fits(who, "weight", y, o->weight) ? dl_mul(y, o->weight) : NULL;
    return dl__scope_out(ctx, mark, reduced(who, y, o->reduction));
}

/* ---- what elements must be ------------------------------------------------------------------- */

static int fits(double v, int domain)
{
    if (v != v)
        return 1;
    return domain == DL__LOSS_UNIT ? v >= 0 && v <= 1 : v == 1 || v == -1;
}

typedef struct scan {
    int domain;
    atomic_int *bad;
} scan;

#define SCAN(type)                                                                                 \
    static void scan_##type(int64_t n, char *const *p, const int64_t *step, const void *arg)       \
    {                                                                                              \
        const scan *s = arg;                                                                       \
        const int unit = s->domain == DL__LOSS_UNIT;                                               \
        int bad = 0;                                                                               \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const type v = *(const type *)(const void *)(p[0] + i * step[0]);                      \
            const int in = unit ? (v >= 0) & (v <= 1) : (v == 1) | (v == -1);                      \
            bad |= !in & (v == v);                                                                 \
        }                                                                                          \
        if (bad)                                                                                   \
            atomic_store(s->bad, 1);                                                               \
    }
SCAN(float)
SCAN(double)

/* Reports the first element, in logical order, that does not fit. */
static dl_status report(const char *who, const char *what, const dl_tensor *t, int domain)
{
    const int64_t n = dl__count_of(t);
    for (int64_t k = 0; k < n; k++) {
        const double v = dl__real_of(dl__element(t, k), t->dtype);
        char place[DL__SHAPE_TEXT], value[DL__NUMBER];
        if (!fits(v, domain))
            return dl_fail(t->base.ctx, DL_EINVAL, "%s: %s at %s is %s, it wants %s", who, what,
                           dl__place_text(place, t, k), dl__double_text(value, v),
                           domain == DL__LOSS_UNIT ? "a number in [0, 1]" : "1 or -1");
    }
    return DL_OK;
}

dl_status dl__loss_domain(const char *who, const char *what, const dl_tensor *t, int domain)
{
    atomic_int bad = 0;
    const scan s = {domain, &bad};
    const dl_tensor *const operand[] = {t};
    dl__walk w;
    dl__walk_plan(&w, operand, 1);
    dl__walk_run(t->base.ctx, &w, t->dtype == DL_F64 ? scan_double : scan_float, &s);
    return atomic_load(&bad) ? report(who, what, t, domain) : DL_OK;
}

/* ---- losses of two operands ------------------------------------------------------------------ */

const dl_attr dl__loss_attr_list[2] = {DL__ATTR(dl__loss_attrs, s, F64, 1),
                                       DL__ATTR(dl__loss_attrs, slope, I32, 1)};

dl_status dl__loss_infer(const dl_call *c, dl_spec *out)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl__need_float(c, i) != DL_OK)
            return c->ctx->status;
    if (!dl__same_shape(c->in[0], c->in[1])) {
        char pred[DL__SHAPE_TEXT], target[DL__SHAPE_TEXT];
        return dl_fail(c->ctx, DL_ESHAPE, "%s: pred is %s and target is %s, they must be equal",
                       c->op->name, dl__dims_text(pred, c->in[0]), dl__dims_text(target, c->in[1]));
    }
    return dl__elementwise_infer(c, out);
}

dl_status dl__loss_forward(const dl_call *c, const dl__loss_rule *rule)
{
    const dl__loss_attrs *a = c->attrs;
    const double scalars[DL__ARGS] = {a->s};
    if ((rule->pred && dl__loss_domain(c->op->name, "pred", c->in[0], rule->pred) != DL_OK) ||
        (rule->target && dl__loss_domain(c->op->name, "target", c->in[1], rule->target) != DL_OK))
        return c->ctx->status;
    return dl__elementwise_forward(c, rule->value, scalars);
}

dl_status dl__slope_forward(const dl_call *c, const dl__loss_rule *rule)
{
    const dl__loss_attrs *a = c->attrs;
    const double scalars[DL__ARGS] = {a->s};
    return dl__elementwise_forward(c, rule->slope[a->slope], scalars);
}

/* dy times a derivative; NULL, which counts as zero, where that is zero. */
static dl_tensor *slope(const dl_call *c, const dl__loss_rule *rule, int32_t which, dl_tensor *dy,
                        dl_tensor *pred, dl_tensor *target)
{
    const dl__loss_attrs *a = c->attrs, next = {a->s, which};
    return rule->slope[which] ? dl__apply3(rule->backward, dy, pred, target, &next) : NULL;
}

dl_status dl__loss_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx,
                            const dl__loss_rule *rule)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, i))
            dx[i] = slope(c, rule, i ? DL__SLOPE_T : DL__SLOPE_P, dy[0], c->in[0], c->in[1]);
    return c->ctx->status;
}

/* in: dy, pred, target. The result is linear in dy; with h = g dy the gradients of pred and target
 * are h times a second derivative. */
dl_status dl__slope_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx,
                             const dl__loss_rule *rule)
{
    static const int32_t second[2][2] = {{DL__SLOPE_PP, DL__SLOPE_PT},
                                         {DL__SLOPE_PT, DL__SLOPE_TT}};
    const dl__loss_attrs *a = c->attrs;
    dl_tensor *const pred = c->in[1], *const target = c->in[2];
    if (dl_call_wants(c, 0))
        dx[0] = slope(c, rule, a->slope, g[0], pred, target);
    for (int32_t i = 0; i < 2; i++) {
        if (!dl_call_wants(c, i + 1))
            continue;
        if (a->slope > DL__SLOPE_T && rule->curved)
            return dl_fail(c->ctx, DL_EUNSUPPORTED, "%s: it has no third derivatives", c->op->name);
        if (a->slope <= DL__SLOPE_T && rule->slope[second[a->slope][i]])
            dx[i + 1] = slope(c, rule, second[a->slope][i], dl_mul(g[0], c->in[0]), pred, target);
    }
    return c->ctx->status;
}

dl_tensor *dl__loss_apply(const dl_op *op, dl_tensor *pred, dl_tensor *target, double s)
{
    const dl__loss_attrs a = {s, 0};
    return dl__apply2(op, pred, target, &a);
}

dl_tensor *dl__loss_of(const dl_op *op, dl_tensor *pred, dl_tensor *target, double s,
                       const dl_loss_opts *o)
{
    const int32_t mark = dl__loss_begin(op->name, pred, target, &o, 0);
    if (mark < 0)
        return NULL;
    dl_tensor *y = dl__loss_apply(op, pred, target, s);
    return dl__loss_end(op->name, pred->base.ctx, mark, y, o);
}
