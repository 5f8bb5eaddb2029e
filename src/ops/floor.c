/* The largest whole number that is not above x. */
#include "ops/unary.h"

DL__UNARY_STEPS(floor, DL__FLOOR(x))

dl_tensor *dl_floor(dl_tensor *x)
{
    return dl__apply1(&dl__op_floor, x, NULL);
}
