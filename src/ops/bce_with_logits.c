/* Binary cross-entropy from logits: with p = sigmoid(x), -(t log p + (1 - t) log(1 - p)), computed
 * as x (1 - t) where x > 0, else -x t, and log(1 + e^-|x|): nothing overflows or cancels, and an
 * infinite logit that its label agrees with loses nothing. */
#include "ops/loss.h"

#define TIMES(p, v) ((p) == 0 ? 0 : (p) * (v))
DL__LOOP2(value, TIMES(a > 0 ? 1 - b : b, DL__FABS(a)) + DL__LOG1P(DL__EXP(-DL__FABS(a))))
DL__LOOP3(by_pred, a *(DL__SIGMOID(b) - c))
DL__LOOP3(by_target, -a *b)
DL__LOOP3(by_pred_twice, a *DL__SIGMOID(b) * DL__SIGMOID(-b))
DL__LOOP3(mixed, -a)

DL__LOSS_FUNCTIONS(bce_with_logits)

const dl_op dl__op_bce_with_logits_backward = DL__LOSS_BACKWARD_OP(bce_with_logits);
const dl_op dl__op_bce_with_logits = DL__LOSS_OP(bce_with_logits);

static const dl__loss_rule bce_with_logits_rule = {
    .backward = &dl__op_bce_with_logits_backward,
    .value = &value,
    .slope = {&by_pred, &by_target, &by_pred_twice, &mixed},
    .curved = 1};

/* The losses of x against a target that is the same everywhere. */
static dl_tensor *against(dl_tensor *x, double target)
{
    dl_tensor *t = dl_tensor_give(dl_tensor_full(x->base.ctx, x->dtype, target, NULL, 0));
    return dl__loss_apply(&dl__op_bce_with_logits, x, dl_expand(t, x->dims, x->ndim), 0);
}

/* The loss is linear in the target: t w f(x, 1) + (1 - t) f(x, 0), no term of which is negative. */
static dl_tensor *weighted(dl_tensor *x, dl_tensor *t, dl_tensor *w)
{
    if (!dl__loss_weight_fits("bce_with_logits", "pos_weight", x, w))
        return NULL;
    dl_tensor *positive = dl_mul(dl_mul(t, w), against(x, 1));
    return dl_add(positive, dl_mul(dl_add_scalar(dl_neg(t), 1), against(x, 0)));
}

dl_tensor *dl_bce_with_logits(dl_tensor *logits, dl_tensor *target, const dl_loss_opts *o)
{
    const int32_t mark = dl__loss_begin("bce_with_logits", logits, target, &o,
                                        DL__LOSS_WEIGHT | DL__LOSS_POS_WEIGHT);
    if (mark < 0)
        return NULL;
    dl_tensor *y = dl__loss_apply(&dl__op_bce_with_logits, logits, target, 0);
    if (y && o->pos_weight) /* y has checked the operands */
        y = weighted(logits, target, o->pos_weight);
    return dl__loss_end("bce_with_logits", logits->base.ctx, mark, y, o);
}
