/* Against PyTorch: make_choosing.py. */
#include "support/golden.h"

#define FLAG(i) dl_cast(in[i], DL_BOOL)

GOLDEN(pow, in[0], in[1])
GOLDEN(minimum, in[0], in[1])
GOLDEN(maximum, in[0], in[1])
GOLDEN(clamp, in[0], a->r[0], a->r[1])
GOLDEN(where, FLAG(0), in[1], in[2])
GOLDEN(masked_fill, in[0], FLAG(1), a->r[0])
GOLDEN(eq, in[0], in[1])
GOLDEN(ne, in[0], in[1])
GOLDEN(lt, in[0], in[1])
GOLDEN(le, in[0], in[1])
GOLDEN(gt, in[0], in[1])
GOLDEN(ge, in[0], in[1])
GOLDEN(logical_and, FLAG(0), FLAG(1))
GOLDEN(logical_or, FLAG(0), FLAG(1))
GOLDEN(logical_not, FLAG(0))
GOLDEN(isfinite, in[0])

static const golden_op ops[] = {
    GOLDEN_OP(pow),         GOLDEN_OP(minimum),     GOLDEN_OP(maximum),     GOLDEN_OP(clamp),
    GOLDEN_OP(where),       GOLDEN_OP(masked_fill), GOLDEN_OP(eq),          GOLDEN_OP(ne),
    GOLDEN_OP(lt),          GOLDEN_OP(le),          GOLDEN_OP(gt),          GOLDEN_OP(ge),
    GOLDEN_OP(logical_and), GOLDEN_OP(logical_or),  GOLDEN_OP(logical_not), GOLDEN_OP(isfinite)};

int main(void)
{
    return golden_main("choosing", ops, GOLDEN_LENGTH(ops));
}
