/* Against PyTorch: make_mathematics.py. */
#include "support/golden.h"

GOLDEN(sin, in[0])
GOLDEN(cos, in[0])
GOLDEN(erf, in[0])
GOLDEN(expm1, in[0])
GOLDEN(abs, in[0])
GOLDEN(sign, in[0])
GOLDEN(floor, in[0])
GOLDEN(ceil, in[0])
GOLDEN(round, in[0])
GOLDEN(log1p, in[0])
GOLDEN(rsqrt, in[0])
GOLDEN(reciprocal, in[0])
GOLDEN(pow_scalar, in[0], a->r[0])

static const golden_op ops[] = {GOLDEN_OP(sin),       GOLDEN_OP(cos),   GOLDEN_OP(erf),
                                GOLDEN_OP(expm1),     GOLDEN_OP(abs),   GOLDEN_OP(sign),
                                GOLDEN_OP(floor),     GOLDEN_OP(ceil),  GOLDEN_OP(round),
                                GOLDEN_OP(log1p),     GOLDEN_OP(rsqrt), GOLDEN_OP(reciprocal),
                                GOLDEN_OP(pow_scalar)};

int main(void)
{
    return golden_main("mathematics", ops, GOLDEN_LENGTH(ops));
}
