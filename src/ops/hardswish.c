/* x hardsigmoid(x): 0 up to -3, x from 3 on. */
#include "ops/unary.h"

DL__UNARY(hardswish,
          x <= -3  ? 0
          : x >= 3 ? x
                   : x * ((x + 3) / 6),
          x <= -3  ? 0
          : x >= 3 ? 1
                   : x / 3 + (real)0.5,
          x <= -3 || x >= 3 ? 0 : (real)1 / 3)

dl_tensor *dl_hardswish(dl_tensor *x)
{
    return dl__apply1(&dl__op_hardswish, x, NULL);
}
