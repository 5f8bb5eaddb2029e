/* All parameters together as one vector, for rules that look at the whole: state arrays are its
 * values, by the number of the slot, and so are the weights. Parameters that are not to be updated
 * (dl__slice.live) are no part of it. Same bits for any number of threads: sums are taken in 16
 * lanes over fixed pieces, and the pieces added in order. */
#ifndef DL_OPTIM_VECTOR_H
#define DL_OPTIM_VECTOR_H
#include "optim/optim.h"

enum { DL__WEIGHTS = -1 }; /* in place of a slot */

/* The sum of x[i] y[i] in double. */
double dl__optim_dot(dl_dtype dt, const void *x, const void *y, int64_t n);

/* Marks the parameters that are tracked and not frozen. */
void dl__vector_begin(dl_optim *o);
/* out = a + k b, and out = k a; out may be a or b. */
void dl__vector_mix(dl_optim *o, int32_t out, int32_t a, double k, int32_t b);
void dl__vector_scale(dl_optim *o, int32_t out, double k, int32_t a);
/* out = the gradients that dl__optim_look found, zero where there is none. */
void dl__vector_gradient(dl_optim *o, int32_t out);
double dl__vector_dot(dl_optim *o, int32_t a, int32_t b);
/* The sum and the largest of |a|; NaN if one is NaN. */
double dl__vector_abs_sum(dl_optim *o, int32_t a);
double dl__vector_abs_max(dl_optim *o, int32_t a);
#endif
