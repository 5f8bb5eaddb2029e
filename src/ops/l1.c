/* |pred - target| */
#include "ops/loss.h"

DL__LOOP2(value, DL__FABS(a - b))
/* a sign(b - c), where sign(0) is 0; NaN passes. */
DL__LOOP3(by_pred, b > c ? a : b < c ? -a : b == c ? 0 : b - c)
DL__LOOP3(by_target, b > c ? -a : b < c ? a : b == c ? 0 : c - b)

DL__LOSS_FUNCTIONS(l1)

const dl_op dl__op_l1_backward = DL__LOSS_BACKWARD_OP(l1);
const dl_op dl__op_l1 = DL__LOSS_OP(l1);

static const dl__loss_rule l1_rule = {
    .backward = &dl__op_l1_backward, .value = &value, .slope = {&by_pred, &by_target}};

dl_tensor *dl_l1(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    return dl__loss_of(&dl__op_l1, pred, target, 0, o);
}
