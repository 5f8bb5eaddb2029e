/* sin x, by core/math.h. */
#include "ops/unary.h"

DL__UNARY(sin, DL__SIN(x), DL__COS(x), -DL__SIN(x))

dl_tensor *dl_sin(dl_tensor *x)
{
    return dl__apply1(&dl__op_sin, x, NULL);
}
