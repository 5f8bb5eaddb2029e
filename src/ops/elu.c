/* x, or alpha (e^x - 1) below 0. */
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("alpha", 0)};

DL__UNARY_WITH(elu, attrs, x > 0 ? x : s0 * DL__EXPM1(x), x > 0 ? 1 : s0 * DL__EXP(x),
               x > 0 ? 0 : s0 * DL__EXP(x))

dl_tensor *dl_elu(dl_tensor *x, double alpha)
{
    return dl__finite_arg(x, "elu", "alpha", alpha) ? DL__UNARY_APPLY(elu, x, alpha) : NULL;
}
