/* Against PyTorch: make_reductions.py. */
#include "support/golden.h"

GOLDEN(sum, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(mean, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(max, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(argmax, in[0], GOLDEN_INT(0), GOLDEN_INT(1))

static const golden_op ops[] = {GOLDEN_OP(sum), GOLDEN_OP(mean), GOLDEN_OP(max), GOLDEN_OP(argmax)};

int main(void)
{
    return golden_main("reductions", ops, GOLDEN_LENGTH(ops));
}
