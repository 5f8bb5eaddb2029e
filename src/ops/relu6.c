/* x cut to [0, 6]. */
#include "ops/unary.h"

DL__UNARY_PIECES(relu6, x <= 0 ? 0 : x >= 6 ? 6 : x, x <= 0 || x >= 6 ? 0 : 1)

dl_tensor *dl_relu6(dl_tensor *x)
{
    return dl__apply1(&dl__op_relu6, x, NULL);
}
