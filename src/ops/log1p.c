/* log(1 + x), exact for small x, by core/math.h. */
#include "ops/unary.h"

DL__UNARY(log1p, DL__LOG1P(x), 1 / (1 + x), -1 / ((1 + x) * (1 + x)))

dl_tensor *dl_log1p(dl_tensor *x)
{
    return dl__apply1(&dl__op_log1p, x, NULL);
}
