/* (x + 3) / 6 cut to [0, 1]. */
#include "ops/unary.h"

DL__UNARY_PIECES(hardsigmoid,
                 x <= -3  ? 0
                 : x >= 3 ? 1
                          : (x + 3) / 6,
                 x <= -3 || x >= 3 ? 0 : (real)1 / 6)

dl_tensor *dl_hardsigmoid(dl_tensor *x)
{
    return dl__apply1(&dl__op_hardsigmoid, x, NULL);
}
