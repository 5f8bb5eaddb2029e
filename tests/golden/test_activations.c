/* Against PyTorch: make_activations.py. */
#include "support/golden.h"

GOLDEN(relu, in[0])
GOLDEN(sigmoid, in[0])
GOLDEN(tanh, in[0])
GOLDEN(softmax, in[0], GOLDEN_INT(0))
GOLDEN(log_softmax, in[0], GOLDEN_INT(0))
GOLDEN(dropout, in[0], a->r[0])
GOLDEN(selu, in[0])
GOLDEN(gelu, in[0])
GOLDEN(gelu_tanh, in[0])
GOLDEN(silu, in[0])
GOLDEN(mish, in[0])
GOLDEN(logsigmoid, in[0])
GOLDEN(softsign, in[0])
GOLDEN(relu6, in[0])
GOLDEN(hardsigmoid, in[0])
GOLDEN(hardswish, in[0])
GOLDEN(leaky_relu, in[0], a->r[0])
GOLDEN(elu, in[0], a->r[0])
GOLDEN(celu, in[0], a->r[0])
GOLDEN(hardtanh, in[0], a->r[0], a->r[1])
GOLDEN(softplus, in[0], a->r[0], a->r[1])
GOLDEN(glu, in[0], GOLDEN_INT(0))
GOLDEN(prelu, in[0], in[1])

static const golden_op ops[] = {
    GOLDEN_OP(relu),        GOLDEN_OP(sigmoid), GOLDEN_OP(tanh),        GOLDEN_OP(softmax),
    GOLDEN_OP(log_softmax), GOLDEN_OP(dropout), GOLDEN_OP(selu),        GOLDEN_OP(gelu),
    GOLDEN_OP(gelu_tanh),   GOLDEN_OP(silu),    GOLDEN_OP(mish),        GOLDEN_OP(logsigmoid),
    GOLDEN_OP(softsign),    GOLDEN_OP(relu6),   GOLDEN_OP(hardsigmoid), GOLDEN_OP(hardswish),
    GOLDEN_OP(leaky_relu),  GOLDEN_OP(elu),     GOLDEN_OP(celu),        GOLDEN_OP(hardtanh),
    GOLDEN_OP(softplus),    GOLDEN_OP(glu),     GOLDEN_OP(prelu)};

int main(void)
{
    return golden_main("activations", ops, GOLDEN_LENGTH(ops));
}
