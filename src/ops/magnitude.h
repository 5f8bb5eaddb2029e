/* Magnitudes of elements, to keep squares and powers of them in the range of the type. */
#ifndef DL_OPS_MAGNITUDE_H
#define DL_OPS_MAGNITUDE_H
#include "ops/axes.h"

/* 1 when no sum of squares is so small or so large that a square that matters can have left the
 * range. squares is row-major. */
int dl__squares_in_range(const dl_tensor *squares);
/* base, shaped as a result over the axes of mask, = the largest (op DL__MAX) or least (DL__MIN)
 * |x|; 1 for 0, an infinity or a NaN, by which nothing is divided. DL_ENOMEM. */
dl_status dl__magnitude(int32_t op, dl_tensor *x, int32_t mask, dl_tensor *base);
/* The same of the largest, down to a power of two: dividing by it does not round. */
dl_status dl__magnitude_power(dl_tensor *x, int32_t mask, dl_tensor *base);
#endif
