/* Binary cross-entropy of probabilities: -(t log p + (1 - t) log(1 - p)), where logarithms end at
 * -100. */
#include "ops/loss.h"

#define LN(x) DL__MAX(DL__LOG(x), -100)
#define LN1M(x) DL__MAX(DL__LOG1P(-x), -100)
/* Divisors end here: gradients at 0 and 1 are large, not infinite. */
#define SMALL (real)1e-12
#define AT_LEAST(x) DL__MAX(x, SMALL)

DL__LOOP2(value, (b - 1) * LN1M(a) - b * LN(a))
DL__LOOP3(by_pred, a *(b - c) / AT_LEAST((1 - b) * b))
DL__LOOP3(by_target, a *(LN1M(b) - LN(b)))
DL__LOOP3(by_pred_twice, a *(c / AT_LEAST(b * b) + (1 - c) / AT_LEAST((1 - b) * (1 - b))))
DL__LOOP3(mixed, -a / AT_LEAST((1 - b) * b))

DL__LOSS_FUNCTIONS(bce)

const dl_op dl__op_bce_backward = DL__LOSS_BACKWARD_OP(bce);
const dl_op dl__op_bce = DL__LOSS_OP(bce);

static const dl__loss_rule bce_rule = {.backward = &dl__op_bce_backward,
                                       .value = &value,
                                       .slope = {&by_pred, &by_target, &by_pred_twice, &mixed},
                                       .curved = 1,
                                       .pred = DL__LOSS_UNIT};

dl_tensor *dl_bce(dl_tensor *p, dl_tensor *target, const dl_loss_opts *o)
{
    const int32_t mark = dl__loss_begin("bce", p, target, &o, DL__LOSS_WEIGHT);
    if (mark < 0)
        return NULL;
    dl_tensor *y = dl__loss_apply(&dl__op_bce, p, target, 0);
    return dl__loss_end("bce", p->base.ctx, mark, y, o);
}
