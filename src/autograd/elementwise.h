/* What elementwise operations share: the shape rule, and running a loop over broadcast operands. */
#ifndef DL_AUTOGRAD_ELEMENTWISE_H
#define DL_AUTOGRAD_ELEMENTWISE_H
#include "dl/ext.h"
#include "kernels/loops.h"
#include "tensor/tensor.h"

/* infer: all inputs present, of one float type, broadcast to the result's shape. The result keeps
 * the order of axes in memory of the first input that has its shape, one without repeated elements
 * if there is such; else it is row-major. */
dl_status dl__elementwise_infer(const dl_call *c, dl_spec *out);
/* The same for inputs of any one element type. */
dl_status dl__elementwise_infer_any(const dl_call *c, dl_spec *out);
/* forward: out[0] = loops(in...), scalars are the DL__ARGS numbers s0 .. s3 (NULL: none). */
dl_status dl__elementwise_forward(const dl_call *c, const dl__loops *loops, const double *scalars);
/* The same on tensors: out may be one of in. */
void dl__elementwise_run(dl_tensor *out, dl_tensor *const *in, int32_t n_in, const dl__loops *loops,
                         const double *scalars);

/* dl_apply of an operation of one result: the result, or NULL. NULL inputs give NULL. */
dl_tensor *dl__apply1(const dl_op *op, dl_tensor *a, const void *attrs);
dl_tensor *dl__apply2(const dl_op *op, dl_tensor *a, dl_tensor *b, const void *attrs);
dl_tensor *dl__apply3(const dl_op *op, dl_tensor *a, dl_tensor *b, dl_tensor *c, const void *attrs);

/* The shape of t with dense strides in the same order of axes (row-major where t broadcasts). */
dl__shape dl__dense_like(const dl_tensor *t);
/* Spec helpers for infer. */
void dl__spec_like(dl_spec *out, const dl_tensor *t); /* dtype, dims, dense order of axes of t */
void dl__spec_row_major(dl_spec *out, dl_dtype dt, const int64_t *dims, int32_t ndim);
/* Checks that in[i] is there and f32 or f64; that two inputs have one element type. */
dl_status dl__need_float(const dl_call *c, int32_t i);
dl_status dl__need_same_dtype(const dl_call *c, int32_t i, int32_t j);
#endif
