/* Gradients of operations that choose elements of x: extremes, sorting. A place is the row-major
 * number of an element within some axes of x, the axes of the bits of mask. */
#ifndef DL_OPS_PLACES_H
#define DL_OPS_PLACES_H
#include "dl/ext.h"

/* *dx, as dl__gradient: zeros like x, with dy at the places that index (i64, shaped as dy) names.
 * dy has the axes of x; those of mask were left out, have size 1, or, where mask is one axis, any
 * size, and then no place of a row comes twice. */
dl_status dl__place_gradient(dl_tensor *dy, dl_tensor *index, const dl_tensor *x, int32_t mask,
                             dl_tensor **dx);
#endif
