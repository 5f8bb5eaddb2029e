/* x, or alpha (e^(x / alpha) - 1) below 0: elu with a slope that has no jump. */
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("alpha", 0)};

DL__UNARY_WITH(celu, attrs, x > 0 ? x : s0 * DL__EXPM1(x / s0), x > 0 ? 1 : DL__EXP(x / s0),
               x > 0 ? 0 : DL__EXP(x / s0) / s0)

dl_tensor *dl_celu(dl_tensor *x, double alpha)
{
    return dl__positive_arg(x, "celu", "alpha", alpha) ? DL__UNARY_APPLY(celu, x, alpha) : NULL;
}
