/* log(1 + e^(beta x)) / beta = max(x, 0) + log(1 + e^-|beta x|) / beta, where beta x may overflow;
 * x where beta x is above the threshold. */
#include <math.h>
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("beta", 0), DL__UNARY_ATTR("threshold", 1)};

DL__UNARY_WITH(softplus, attrs,
               s0 *x > s1 ? x : DL__MAX(x, 0) + DL__LOG1P(DL__EXP(-DL__FABS(s0 * x))) / s0,
               s0 *x > s1 ? 1 : DL__SIGMOID(s0 * x),
               s0 *x > s1 ? 0 : s0 * DL__SIGMOID(s0 * x) * DL__SIGMOID(-s0 * x))

dl_tensor *dl_softplus(dl_tensor *x, double beta, double threshold)
{
    if (!dl__positive_arg(x, "softplus", "beta", beta))
        return NULL;
    if (isnan(threshold)) {
        dl_fail(x->base.ctx, DL_EINVAL, "softplus: threshold is nan, it wants a number");
        return NULL;
    }
    return DL__UNARY_APPLY(softplus, x, beta, threshold);
}
