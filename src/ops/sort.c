/* Sorting along an axis. */
#include "ops/order.h"

static const dl_attr attrs[] = DL__ORDER_ATTRS;
const dl_op dl__op_sort = {
    .name = "sort",
    .attrs_size = sizeof(dl__order_attrs),
    .attrs = attrs,
    .n_attrs = 3,
    .saves_out = 2,
    .infer = dl__order_infer,
    .forward = dl__order_forward,
    .backward = dl__order_backward,
};

dl_status dl_sort(dl_tensor *x, int32_t axis, int32_t descending, dl_tensor **value,
                  dl_tensor **index)
{
    dl_tensor *out[2] = {NULL, NULL};
    dl__order_attrs a = {.axis = -1};
    if (dl__ready(x))
        a.axis = dl__axis(x->base.ctx, "sort", axis, x->ndim);
    if (a.axis >= 0) {
        a.k = x->dims[a.axis];
        a.descending = descending != 0;
        dl_apply(&dl__op_sort, &x, 1, &a, out, 2);
    }
    return dl__hand_out(x, out, value, index);
}
