/* Against PyTorch: make_arithmetic.py. */
#include "support/golden.h"

GOLDEN(add, in[0], in[1])
GOLDEN(sub, in[0], in[1])
GOLDEN(mul, in[0], in[1])
GOLDEN(div, in[0], in[1])
GOLDEN(scale, in[0], a->r[0])
GOLDEN(add_scalar, in[0], a->r[0])
GOLDEN(neg, in[0])
GOLDEN(exp, in[0])
GOLDEN(log, in[0])
GOLDEN(sqrt, in[0])

static const golden_op ops[] = {
    GOLDEN_OP(add),        GOLDEN_OP(sub), GOLDEN_OP(mul), GOLDEN_OP(div), GOLDEN_OP(scale),
    GOLDEN_OP(add_scalar), GOLDEN_OP(neg), GOLDEN_OP(exp), GOLDEN_OP(log), GOLDEN_OP(sqrt)};

int main(void)
{
    return golden_main("arithmetic", ops, GOLDEN_LENGTH(ops));
}
