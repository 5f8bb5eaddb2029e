/* x, or slope x below 0. */
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("slope", 0)};

DL__UNARY_PIECES_WITH(leaky_relu, attrs, x > 0 ? x : s0 * x, x > 0 ? 1 : s0)

dl_tensor *dl_leaky_relu(dl_tensor *x, double slope)
{
    return dl__finite_arg(x, "leaky_relu", "slope", slope) ? DL__UNARY_APPLY(leaky_relu, x, slope)
                                                           : NULL;
}
