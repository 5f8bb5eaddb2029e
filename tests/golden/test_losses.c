/* Against PyTorch: make_losses.py. */
#include "support/golden.h"

static dl_tensor *call_mse(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0)};
    return dl_mse(in[0], in[1], &o);
}

static dl_tensor *call_cross_entropy(dl_tensor *const *in, const golden_args *a)
{
    dl_loss_opts o = {.reduction = GOLDEN_INT(0),
                      .ignore_set = GOLDEN_INT(1),
                      .ignore_index = a->k[2],
                      .label_smoothing = a->r[0],
                      .weight = in[2]};
    return dl_cross_entropy(in[0], in[1], &o);
}

static const golden_op ops[] = {GOLDEN_OP(mse), GOLDEN_OP(cross_entropy)};

int main(void)
{
    return golden_main("losses", ops, GOLDEN_LENGTH(ops));
}
