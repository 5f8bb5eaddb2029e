/* Against PyTorch: make_normalization.py. */
#include "support/golden.h"

static dl_tensor *along(dl_tensor *t, const dl_tensor *x)
{
    const int64_t dims[8] = {x->dims[1], 1, 1, 1, 1, 1, 1, 1};
    return dl_reshape(t, dims, x->ndim - 1);
}

static dl_tensor *call_batch_norm(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *mean, *var;
    dl_tensor *y = dl_batch_norm(in[0], in[1], in[2], a->r[0], &mean, &var);
    return a->k[0] ? dl_add(y, dl_add(along(mean, in[0]), along(var, in[0]))) : y;
}

GOLDEN(batch_norm_eval, in[0], in[3], in[4], in[1], in[2], a->r[0])
GOLDEN(layer_norm, in[0], GOLDEN_INT(0), in[1], in[2], a->r[0])

static const golden_op ops[] = {GOLDEN_OP(batch_norm), GOLDEN_OP(batch_norm_eval),
                                GOLDEN_OP(layer_norm)};

int main(void)
{
    return golden_main("normalization", ops, GOLDEN_LENGTH(ops));
}
