/* cos x, by core/math.h. */
#include "ops/unary.h"

DL__UNARY(cos, DL__COS(x), -DL__SIN(x), -DL__COS(x))

dl_tensor *dl_cos(dl_tensor *x)
{
    return dl__apply1(&dl__op_cos, x, NULL);
}
