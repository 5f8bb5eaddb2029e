/* What softmax and log_softmax share: attributes, shape rule, running a kernel of
 * kernels/softmax.h along an axis. */
#ifndef DL_OPS_SOFTMAX_ROWS_H
#define DL_OPS_SOFTMAX_ROWS_H
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "kernels/softmax.h"

typedef struct dl__axis_attrs {
    int32_t axis; /* as given; -1 is the last */
} dl__axis_attrs;
extern const dl_attr dl__axis_attr_list[1];

/* The axis of a call, checked by dl__softmax_infer, counted from 0. */
int32_t dl__softmax_axis(const dl_call *c);
/* Inputs of one shape and float type, an axis they have; the result is like in[0]. */
dl_status dl__softmax_infer(const dl_call *c, dl_spec *out);
/* out[0] = kernel(in[0], in[n_in - 1]). */
dl_status dl__softmax_run(const dl_call *c, int kind);
/* t summed along the axis of c, which keeps size 1. */
dl_tensor *dl__softmax_sum(const dl_call *c, dl_tensor *t);
#endif
