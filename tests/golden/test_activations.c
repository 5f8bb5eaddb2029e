/* Against PyTorch: make_activations.py. */
#include "support/golden.h"

GOLDEN(relu, in[0])
GOLDEN(sigmoid, in[0])
GOLDEN(tanh, in[0])
GOLDEN(softmax, in[0], GOLDEN_INT(0))
GOLDEN(log_softmax, in[0], GOLDEN_INT(0))
GOLDEN(dropout, in[0], a->r[0])

static const golden_op ops[] = {GOLDEN_OP(relu),    GOLDEN_OP(sigmoid),     GOLDEN_OP(tanh),
                                GOLDEN_OP(softmax), GOLDEN_OP(log_softmax), GOLDEN_OP(dropout)};

int main(void)
{
    return golden_main("activations", ops, GOLDEN_LENGTH(ops));
}
