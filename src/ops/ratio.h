/* Division for gradients at the points where a function has none. */
#ifndef DL_OPS_RATIO_H
#define DL_OPS_RATIO_H
#include "dl/tensor.h"

/* a / b, but 0 where b is 0; broadcasts. Its gradient is likewise. */
dl_tensor *dl__ratio(dl_tensor *a, dl_tensor *b);
/* |x|^q, with odd 1 times the sign of x; 0 where x is 0. */
dl_tensor *dl__signed_power(dl_tensor *x, double q, int32_t odd);
#endif
