/* 1 / x. The powers are products of quotients: x^2 would overflow first. */
#include "ops/unary.h"

DL__UNARY(reciprocal, 1 / x, -(1 / x) * (1 / x), 2 * (1 / x) * (1 / x) * (1 / x))

dl_tensor *dl_reciprocal(dl_tensor *x)
{
    return dl__apply1(&dl__op_reciprocal, x, NULL);
}
