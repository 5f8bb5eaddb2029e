/* Against PyTorch: make_indexing.py. */
#include "support/golden.h"

static dl_tensor *call_split(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *out[GOLDEN_WORDS];
    dl_split(in[0], GOLDEN_INT(0), a->k + 2, a->n - 2, out);
    return out[a->k[1]];
}

GOLDEN(concat, in, a->n_in, GOLDEN_INT(0))
GOLDEN(stack, in, a->n_in, GOLDEN_INT(0))
GOLDEN(flip, in[0], a->axes, a->n)
GOLDEN(gather, in[0], GOLDEN_INT(0), in[1])
GOLDEN(scatter_add, in[0], GOLDEN_INT(0), in[1], in[2])
GOLDEN(index_select, in[0], GOLDEN_INT(0), in[1])
GOLDEN(one_hot, in[0], a->k[0], DL_I64)
GOLDEN(pad, in[0], a->k + 1, a->n - 1, GOLDEN_INT(0), a->r[0])

static const golden_op ops[] = {GOLDEN_OP(split),   GOLDEN_OP(concat),       GOLDEN_OP(stack),
                                GOLDEN_OP(flip),    GOLDEN_OP(gather),       GOLDEN_OP(scatter_add),
                                GOLDEN_OP(one_hot), GOLDEN_OP(index_select), GOLDEN_OP(pad)};

int main(void)
{
    return golden_main("indexing", ops, GOLDEN_LENGTH(ops));
}
