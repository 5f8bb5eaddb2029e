/* What sorting and top-k share. */
#ifndef DL_OPS_ORDER_H
#define DL_OPS_ORDER_H
#include "ops/shape.h"

typedef struct dl__order_attrs {
    int64_t k;          /* elements of a row of the results */
    int32_t axis;       /* >= 0                             */
    int32_t descending; /* 1: the greatest first            */
} dl__order_attrs;

#define DL__ORDER_ATTRS                                                                            \
    {                                                                                              \
        DL__ATTR(dl__order_attrs, k, I64, 1), DL__ATTR(dl__order_attrs, axis, I32, 1),             \
            DL__ATTR(dl__order_attrs, descending, I32, 1)                                          \
    }

/* out: the values and their indices. */
dl_status dl__order_infer(const dl_call *c, dl_spec *out);
dl_status dl__order_forward(const dl_call *c);
/* Needs the indices: saves_out = 2. */
dl_status dl__order_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
#endif
