/* -1, 0 or 1, and NaN of NaN. */
#include "ops/unary.h"

DL__UNARY_STEPS(sign, x > 0 ? 1 : x < 0 ? -1 : x)

dl_tensor *dl_sign(dl_tensor *x)
{
    return dl__apply1(&dl__op_sign, x, NULL);
}
