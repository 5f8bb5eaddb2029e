/* What the operations on shapes and axes share. */
#ifndef DL_OPS_SHAPE_H
#define DL_OPS_SHAPE_H
#include <stddef.h>
#include "autograd/elementwise.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/ops.h"
#include "tensor/tensor.h"

/* Room for the text of any shape. */
enum { DL__SHAPE_TEXT = DL_MAX_DIMS * 22 + 2 };

#define DL__ATTR(type, member, kind, n)                                                            \
    {                                                                                              \
#member, DL_ATTR_##kind, (int32_t)offsetof(type, member), n                                \
    }

/* 1 when an operation on x may start; at once 0 for NULL and while an error stands. */
static inline int dl__ready(const dl_tensor *x)
{
    return x && dl__ok(x->base.ctx);
}
static inline const char *dl__dims_text(char buf[DL__SHAPE_TEXT], const dl_tensor *t)
{
    return dl__shape_text(buf, DL__SHAPE_TEXT, t->dims, t->ndim);
}
/* "[2, 0]", where element i of t is, counted in logical order. Returns buf. */
const char *dl__place_text(char buf[DL__SHAPE_TEXT], const dl_tensor *t, int64_t i);
/* Makes out a view of in[0] with its shape, for infer to change. */
void dl__spec_view(const dl_call *c, dl_spec *out);
/* infer of a gradient whose operation noted the shape and the strides of its x: of type dt, and as
 * dl__spec_like(x) else. */
void dl__spec_noted(dl_spec *out, dl_dtype dt, int32_t ndim, const int64_t dims[DL_MAX_DIMS],
                    const int64_t strides[DL_MAX_DIMS]);
/* 1 when shape and ndim can be a shape's; 0, with an error, when not. */
int dl__shape_given(dl_ctx *ctx, const char *who, const int64_t *shape, int32_t ndim);
/* x, already a valid handle, as a result of its own: one more reference, the innermost scope's. */
dl_tensor *dl__itself(dl_tensor *x);
/* Ends the scope of mark, handing y (or NULL) on to the scope around; returns y. */
dl_tensor *dl__scope_out(dl_ctx *ctx, int32_t mark, dl_tensor *y);

/* The end of an operation with two results, each for a caller who wants it (else NULL); x is an
 * operand, out are NULL where it failed. */
dl_status dl__hand_out(const dl_tensor *x, dl_tensor *const out[2], dl_tensor **first,
                       dl_tensor **second);

/* A copy of x, recorded: row_major 1, else the layout of x where that is dense. */
dl_tensor *dl__copy_as(dl_tensor *x, int32_t row_major);
/* Strides that show x as dims without a copy: 1, or 0 when there are none. Same count. */
int dl__reshape_strides(const dl_tensor *x, const int64_t *dims, int32_t ndim, int64_t *strides);
/* Gradient of a slice: zeros of size n along axis, with dy at start, start + step, ... */
dl_status dl__slice_gradient(dl_tensor *dy, int32_t axis, int64_t n, int64_t start, int64_t step,
                             dl_tensor **dx);
/* dx[0] of an operation: applies op into the accumulator that arrived in *dx, or sets *dx to the
 * result. */
dl_status dl__gradient(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                       dl_tensor **dx);
#endif
