/* The smallest whole number that is not below x. */
#include "ops/unary.h"

DL__UNARY_STEPS(ceil, DL__CEIL(x))

dl_tensor *dl_ceil(dl_tensor *x)
{
    return dl__apply1(&dl__op_ceil, x, NULL);
}
