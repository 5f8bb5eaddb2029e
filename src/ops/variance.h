/* What var and std share. */
#ifndef DL_OPS_VARIANCE_H
#define DL_OPS_VARIANCE_H
#include "ops/axes.h"

typedef struct dl__variance_attrs {
    dl__axes_attrs axes; /* first: what takes these reads the attributes, too */
    int32_t correction;  /* >= 0 */
} dl__variance_attrs;

#define DL__VARIANCE_ATTRS                                                                         \
    {                                                                                              \
        DL__ATTR(dl__variance_attrs, axes.mask, I32, 1),                                           \
            DL__ATTR(dl__variance_attrs, axes.keep, I32, 1),                                       \
            DL__ATTR(dl__variance_attrs, correction, I32, 1)                                       \
    }

dl_status dl__variance_infer(const dl_call *c, dl_spec *out);
/* out[0] = the variance, or, with deviation 1, its square root. */
dl_status dl__variance_forward(const dl_call *c, int deviation);
/* *dx from the gradient of the variance. Reads in[0]. */
dl_status dl__variance_backward(const dl_call *c, dl_tensor *dy, dl_tensor **dx);
/* op of x. */
dl_tensor *dl__variance_apply(const dl_op *op, dl_tensor *x, const int32_t *axes, int32_t n_axes,
                              int32_t keepdims, int32_t correction);
#endif
