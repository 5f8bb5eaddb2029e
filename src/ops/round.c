/* The nearest whole number, the even one of two. */
#include "ops/unary.h"

DL__UNARY_STEPS(round, DL__RINT(x))

dl_tensor *dl_round(dl_tensor *x)
{
    return dl__apply1(&dl__op_round, x, NULL);
}
