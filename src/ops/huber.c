/* Squares of small differences d = pred - target, absolute values of large ones:
 * d^2 / 2 up to |d| = delta, beyond it delta (|d| - delta / 2). */
#include "ops/loss.h"

DL__LOOP2(value, DL__FABS(a - b) <= s0 ? (a - b) * (a - b) / 2 : s0 * (DL__FABS(a - b) - s0 / 2))
DL__LOOP3(by_pred, a *(b - c > s0 ? s0 : b - c < -s0 ? -s0 : b - c))
DL__LOOP3(by_target, a *(c - b > s0 ? s0 : c - b < -s0 ? -s0 : c - b))
DL__LOOP3(twice, DL__FABS(b - c) <= s0 ? a : 0)
DL__LOOP3(mixed, DL__FABS(b - c) <= s0 ? -a : 0)

DL__LOSS_FUNCTIONS(huber)

const dl_op dl__op_huber_backward = DL__LOSS_BACKWARD_OP(huber);
const dl_op dl__op_huber = DL__LOSS_OP(huber);

static const dl__loss_rule huber_rule = {.backward = &dl__op_huber_backward,
                                         .value = &value,
                                         .slope = {&by_pred, &by_target, &twice, &mixed, &twice}};

dl_tensor *dl_huber(dl_tensor *pred, dl_tensor *target, double delta, const dl_loss_opts *o)
{
    if (dl__ready(pred) && !dl__loss_number(pred->base.ctx, "huber", "delta", delta, 0))
        return NULL;
    return dl__loss_of(&dl__op_huber, pred, target, delta, o);
}
