/* Axes that a reduction takes away. */
#ifndef DL_OPS_AXES_H
#define DL_OPS_AXES_H
#include "ops/shape.h"
#include "tensor/reduce.h"

typedef struct dl__axes_attrs {
    int32_t mask; /* bit i: axis i is reduced        */
    int32_t keep; /* 1: it stays in the result, size 1 */
} dl__axes_attrs;

#define DL__AXES_ATTRS                                                                             \
    {                                                                                              \
        DL__ATTR(dl__axes_attrs, mask, I32, 1), DL__ATTR(dl__axes_attrs, keep, I32, 1)             \
    }

/* 1 and attrs for the axes a caller gives (NULL or 0: all); 0 with an error for a wrong one, or at
 * once while an error stands. x may be NULL. */
int dl__axes_of(const char *who, const dl_tensor *x, const int32_t *axes, int32_t n_axes,
                int32_t keepdims, dl__axes_attrs *attrs);
/* infer: in[0] without the axes, row-major, of type dt. */
void dl__axes_spec(const dl_call *c, dl_dtype dt, dl_spec *out);
/* infer, for reductions that mean nothing for no elements: DL_ESHAPE when a result has none. */
dl_status dl__axes_need_elements(const dl_call *c);
/* Elements of x that go into one of the result. */
int64_t dl__axes_count(const dl_tensor *x, const dl__axes_attrs *attrs);
/* A view of y, a result of reducing x, in which the axes are back with size 1; NULL on failure. */
dl_tensor *dl__axes_back(dl_tensor *y, const dl_tensor *x, const dl__axes_attrs *attrs);
/* t, shaped like a result of reducing x over the axes of mask, with all axes of x; a value as of
 * dl__tensor_value. */
dl_tensor dl__axes_full(const dl_tensor *t, const dl_tensor *x, int32_t mask);
/* backward of sums: dy, shaped like the result of c, repeated to the shape of in[0]. */
dl_status dl__axes_gradient(dl_tensor *dy, const dl_call *c, dl_tensor **dx);
/* The axes of mask as dl_sum takes them; returns how many. */
int32_t dl__axes_list(int32_t mask, int32_t axes[DL_MAX_DIMS]);
/* forward: y = op (DL__SUM ...) over the axes of mask of map(x, base), element by element. base
 * (NULL: none) has the axes of x, those of mask with size 1. Borrows memory of the size of x:
 * DL_ENOMEM. */
dl_status dl__axes_reduce_map(int32_t op, const dl__loops *map, const double *scalars, dl_tensor *x,
                              dl_tensor *base, int32_t mask, dl_tensor *y);
/* forward: a new tensor like y, row-major; the caller's, NULL on failure. */
dl_tensor *dl__axes_like(const dl_tensor *y);
#endif
