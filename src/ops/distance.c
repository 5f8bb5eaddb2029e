#include "ops/distance.h"
#include <math.h>

/* The least square of a length: normal, as what is divided by it in gradients. */
static double least(const dl_tensor *x)
{
    return x && x->dtype == DL_F64 ? 1e-300 : 1e-37;
}

dl_tensor *dl__dot_along(dl_tensor *a, dl_tensor *b, int32_t axis)
{
    return dl_sum(dl_mul(a, b), &axis, 1, 1);
}

dl_tensor *dl__sqrt_above(dl_tensor *x, double low)
{
    return dl_sqrt(dl_clamp(x, low > least(x) ? low : least(x), INFINITY));
}
