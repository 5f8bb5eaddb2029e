#include "ops/distance.h"
#include <math.h>

/* Normal in f32, too, and so is the reciprocal of its square root. */
static const double least = 1e-37;

dl_tensor *dl__dot_along(dl_tensor *a, dl_tensor *b, int32_t axis)
{
    return dl_sum(dl_mul(a, b), &axis, 1, 1);
}

dl_tensor *dl__sqrt_above(dl_tensor *x, double low)
{
    return dl_sqrt(dl_clamp(x, low > least ? low : least, INFINITY));
}
