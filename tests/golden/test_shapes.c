/* Against PyTorch: make_shapes.py. */
#include "support/golden.h"

GOLDEN(reshape, in[0], a->k, a->n)
GOLDEN(permute, in[0], a->axes, a->n)
GOLDEN(transpose, in[0], GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(slice, in[0], GOLDEN_INT(0), a->k[1], a->k[2], a->k[3])
GOLDEN(select, in[0], GOLDEN_INT(0), a->k[1])
GOLDEN(expand, in[0], a->k, a->n)
GOLDEN(squeeze, in[0], GOLDEN_INT(0))
GOLDEN(unsqueeze, in[0], GOLDEN_INT(0))
GOLDEN(flatten, in[0], GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(contiguous, in[0])
GOLDEN(copy, in[0])
GOLDEN(cast, in[0], GOLDEN_INT(0))

static const golden_op ops[] = {GOLDEN_OP(reshape),    GOLDEN_OP(permute),   GOLDEN_OP(transpose),
                                GOLDEN_OP(slice),      GOLDEN_OP(select),    GOLDEN_OP(expand),
                                GOLDEN_OP(squeeze),    GOLDEN_OP(unsqueeze), GOLDEN_OP(flatten),
                                GOLDEN_OP(contiguous), GOLDEN_OP(copy),      GOLDEN_OP(cast)};

int main(void)
{
    return golden_main("shapes", ops, GOLDEN_LENGTH(ops));
}
