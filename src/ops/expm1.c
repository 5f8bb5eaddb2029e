/* e^x - 1, exact for small x, by core/math.h. */
#include "ops/unary.h"

DL__UNARY(expm1, DL__EXPM1(x), DL__EXP(x), DL__EXP(x))

dl_tensor *dl_expm1(dl_tensor *x)
{
    return dl__apply1(&dl__op_expm1, x, NULL);
}
