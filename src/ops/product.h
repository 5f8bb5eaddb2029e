/* Matrix products of tensors, for matmul and linear. */
#ifndef DL_OPS_PRODUCT_H
#define DL_OPS_PRODUCT_H
#include "ops/shape.h"

/* Attributes of the operation matmul on [.., m, k] and [.., k, n], at least two axes each. */
typedef struct dl__matmul_attrs {
    int64_t batch[DL_MAX_DIMS]; /* the leading axes of the result ...                           */
    int32_t n_batch;            /* ... if summed down to these; -1: as a and b broadcast        */
    int32_t column_major;       /* 1: each [m, n] of a new result is stored column by column    */
} dl__matmul_attrs;
extern const dl_op dl__op_matmul;

/* dx[0]: a b, summed down to the shape of like and stored as like is. At least two axes each. */
dl_status dl__matmul_gradient(dl_tensor *a, dl_tensor *b, const dl_tensor *like, dl_tensor **dx);

/* c[.., m, n] = a[.., m, k] b[.., k, n] + bias[n], or with accumulate c += it. Leading axes of a
 * and b broadcast; where c has 1, or no axis, products are added up. At least two axes each, any
 * strides; bias is contiguous or NULL. f32 or f64. */
dl_status dl__product(const dl_tensor *a, const dl_tensor *b, const dl_tensor *bias, dl_tensor *c,
                      int32_t accumulate);
#endif
