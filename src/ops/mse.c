/* (pred - target)^2 */
#include "ops/loss.h"

DL__LOOP2(value, (a - b) * (a - b))
DL__LOOP3(by_pred, a *(b - c) * 2)
DL__LOOP3(by_target, a *(c - b) * 2)
DL__LOOP3(twice, a * 2)
DL__LOOP3(minus_twice, a * -2)

DL__LOSS_FUNCTIONS(mse)

const dl_op dl__op_mse_backward = DL__LOSS_BACKWARD_OP(mse);
const dl_op dl__op_mse = DL__LOSS_OP(mse);

static const dl__loss_rule mse_rule = {
    .backward = &dl__op_mse_backward,
    .value = &value,
    .slope = {&by_pred, &by_target, &twice, &minus_twice, &twice}};

dl_tensor *dl_mse(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    return dl__loss_of(&dl__op_mse, pred, target, 0, o);
}
