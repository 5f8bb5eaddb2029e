/* Which elements are neither NaN nor infinite. */
#include "ops/compare.h"

/* Both operands are x: x - x is 0 unless x is infinite or NaN. */
DL__COMPARE(isfinite_loops, a - b == 0)

static dl_status forward(const dl_call *c)
{
    return dl__compare_forward(c, &isfinite_loops);
}

const dl_op dl__op_isfinite = {
    .name = "isfinite", .flags = DL_OP_INTEGER_OUT, .infer = dl__compare_infer, .forward = forward};

dl_tensor *dl_isfinite(dl_tensor *x)
{
    return dl__apply1(&dl__op_isfinite, x, NULL);
}
