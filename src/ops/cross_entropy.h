/* Cross-entropy and its gradients. */
#ifndef DL_OPS_CROSS_ENTROPY_H
#define DL_OPS_CROSS_ENTROPY_H
#include "ops/labels.h"

/* Numbers kept of a row: max, log-sum, sum(q), loss. */
enum { DL__CROSS_ENTROPY_NUMBERS = 4 };

typedef struct dl__cross_entropy_attrs {
    dl__class_attrs c;
    double smoothing;
} dl__cross_entropy_attrs;
extern const dl_attr dl__cross_entropy_attr_list[4];

/* What the kernels of kernels/softmax.h need: their argument, but the scale, and operands 0 .. 5.
 * numbers is the second result of the operation. */
dl__cross_entropy_arg dl__cross_entropy_kernel_arg(const dl_call *c, const dl_tensor *target);
void dl__cross_entropy_plan(dl__rows_plan *p, const dl_tensor *dx, const dl_tensor *x,
                            const dl_tensor *target, const dl_tensor *weight,
                            const dl_tensor *numbers);

dl_status dl__cross_entropy_gradient(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
#endif
