/* max(0, 1 - y s) of scores s and targets y of 1 or -1. */
#include "ops/loss.h"

DL__LOOP2(value, 1 - a * b <= 0 ? 0 : 1 - a * b)
DL__LOOP3(by_pred, 1 - b * c <= 0 ? 0 : -a * c)
DL__LOOP3(by_target, 1 - b * c <= 0 ? 0 : -a * b)
DL__LOOP3(mixed, 1 - b * c <= 0 ? 0 : -a)

DL__LOSS_FUNCTIONS(hinge)

const dl_op dl__op_hinge_backward = DL__LOSS_BACKWARD_OP(hinge);
const dl_op dl__op_hinge = DL__LOSS_OP(hinge);

static const dl__loss_rule hinge_rule = {.backward = &dl__op_hinge_backward,
                                         .value = &value,
                                         .slope = {&by_pred, &by_target, NULL, &mixed, NULL},
                                         .target = DL__LOSS_SIGN};

dl_tensor *dl_hinge(dl_tensor *scores, dl_tensor *target, const dl_loss_opts *o)
{
    return dl__loss_of(&dl__op_hinge, scores, target, 0, o);
}
