/* Against PyTorch: make_matrices.py. */
#include "support/golden.h"

GOLDEN(matmul, in[0], in[1])
GOLDEN(linear, in[0], in[1], in[2])

static const golden_op ops[] = {GOLDEN_OP(matmul), GOLDEN_OP(linear)};

int main(void)
{
    return golden_main("matrices", ops, GOLDEN_LENGTH(ops));
}
