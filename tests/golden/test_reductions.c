/* Against PyTorch: make_reductions.py. */
#include "support/golden.h"

GOLDEN(sum, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(mean, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(max, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(argmax, in[0], GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(prod, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(var, in[0], a->axes + 2, a->n - 2, GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(std, in[0], a->axes + 2, a->n - 2, GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(norm, in[0], a->r[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(logsumexp, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(min, in[0], a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(argmin, in[0], GOLDEN_INT(0), GOLDEN_INT(1))
GOLDEN(all, dl_cast(in[0], DL_BOOL), a->axes + 1, a->n - 1, GOLDEN_INT(0))
GOLDEN(any, dl_cast(in[0], DL_BOOL), a->axes + 1, a->n - 1, GOLDEN_INT(0))

static dl_tensor *call_max_along(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *value;
    return dl_max_along(in[0], GOLDEN_INT(0), GOLDEN_INT(1), &value, NULL) ? NULL : value;
}

static dl_tensor *call_min_along(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *value;
    return dl_min_along(in[0], GOLDEN_INT(0), GOLDEN_INT(1), &value, NULL) ? NULL : value;
}

static const golden_op ops[] = {
    GOLDEN_OP(prod),   GOLDEN_OP(var),  GOLDEN_OP(std), GOLDEN_OP(norm),      GOLDEN_OP(logsumexp),
    GOLDEN_OP(sum),    GOLDEN_OP(mean), GOLDEN_OP(max), GOLDEN_OP(argmax),    GOLDEN_OP(min),
    GOLDEN_OP(argmin), GOLDEN_OP(all),  GOLDEN_OP(any), GOLDEN_OP(max_along), GOLDEN_OP(min_along)};

int main(void)
{
    return golden_main("reductions", ops, GOLDEN_LENGTH(ops));
}
