/* Absolute values of large differences d = pred - target, squares of small ones:
 * d^2 / (2 beta) below |d| = beta, from there on |d| - beta / 2. */
#include "ops/loss.h"

DL__LOOP2(value, DL__FABS(a - b) < s0 ? (a - b) * (a - b) / (2 * s0) : DL__FABS(a - b) - s0 / 2)
/* With beta 0 the gradient at 0 is 0; NaN passes. */
DL__LOOP3(by_pred, DL__FABS(b - c) < s0 ? a * (b - c) / s0
                   : b > c              ? a
                   : b < c              ? -a
                   : b == c             ? 0
                                        : b - c)
DL__LOOP3(by_target, DL__FABS(b - c) < s0 ? a * (c - b) / s0
                     : b > c              ? -a
                     : b < c              ? a
                     : b == c             ? 0
                                          : c - b)
DL__LOOP3(twice, DL__FABS(b - c) < s0 ? a / s0 : 0)
DL__LOOP3(mixed, DL__FABS(b - c) < s0 ? -a / s0 : 0)

DL__LOSS_FUNCTIONS(smooth_l1)

const dl_op dl__op_smooth_l1_backward = DL__LOSS_BACKWARD_OP(smooth_l1);
const dl_op dl__op_smooth_l1 = DL__LOSS_OP(smooth_l1);

static const dl__loss_rule smooth_l1_rule = {
    .backward = &dl__op_smooth_l1_backward,
    .value = &value,
    .slope = {&by_pred, &by_target, &twice, &mixed, &twice}};

dl_tensor *dl_smooth_l1(dl_tensor *pred, dl_tensor *target, double beta, const dl_loss_opts *o)
{
    if (dl__ready(pred) && !dl__loss_number(pred->base.ctx, "smooth_l1", "beta", beta, 1))
        return NULL;
    return dl__loss_of(&dl__op_smooth_l1, pred, target, beta, o);
}
