/* What losses of vectors share. */
#ifndef DL_OPS_DISTANCE_H
#define DL_OPS_DISTANCE_H
#include "ops/shape.h"

/* The sum of a b along an axis, counted from 0, which stays with size 1. */
dl_tensor *dl__dot_along(dl_tensor *a, dl_tensor *b, int32_t axis);
/* sqrt(max(x, low, 1e-37)); where x is less the gradient is 0, so it is finite everywhere. */
dl_tensor *dl__sqrt_above(dl_tensor *x, double low);
#endif
