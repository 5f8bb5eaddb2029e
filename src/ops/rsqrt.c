/* 1 / sqrt(x): f' = -1 / (2 x sqrt x), f'' = 3 / (4 x^2 sqrt x). */
#include "ops/unary.h"

DL__UNARY(rsqrt, 1 / DL__SQRT(x), (real)-0.5 / x / DL__SQRT(x), (real)0.75 / x / x / DL__SQRT(x))

dl_tensor *dl_rsqrt(dl_tensor *x)
{
    return dl__apply1(&dl__op_rsqrt, x, NULL);
}
