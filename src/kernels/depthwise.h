/* Convolution where each channel has a kernel of its own: no product, a loop over channels side by
 * side. Every result is one chain of fma over the taps in order, then the bias. */
#ifndef DL_KERNELS_DEPTHWISE_H
#define DL_KERNELS_DEPTHWISE_H
#include "kernels/patches.h"

/* n places from place on, all on one line of the last axis, of one example x [size.., channels]:
 * y[place, c] = sum over taps of x[.., c] w[tap, c] + bias[c], at y, y + y_step, ... (elements). */
typedef void dl__depthwise_line(const dl__patches *v, const void *x, const int64_t *place,
                                int64_t n, const void *w, const void *bias, void *y,
                                int64_t y_step);
/* dw[tap, c] += sum over the places of x[.., c] dy[place, c]; dy has the places side by side. */
typedef void dl__depthwise_sums(const dl__patches *v, const void *x, const int64_t *place,
                                int64_t n, const void *dy, void *dw);
dl__depthwise_line *dl__depthwise_line_of(dl_dtype dt);
dl__depthwise_sums *dl__depthwise_sums_of(dl_dtype dt);
#endif
