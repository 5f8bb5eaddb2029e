/* |x|, with the gradient 0 at 0. */
#include "ops/unary.h"

DL__UNARY_PIECES(abs, DL__FABS(x), x > 0 ? 1 : x < 0 ? -1 : x)

dl_tensor *dl_abs(dl_tensor *x)
{
    return dl__apply1(&dl__op_abs, x, NULL);
}
