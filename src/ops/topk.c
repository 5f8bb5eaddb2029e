/* The greatest or least k along an axis. */
#include "ops/order.h"

static const dl_attr attrs[] = DL__ORDER_ATTRS;
const dl_op dl__op_topk = {
    .name = "topk",
    .attrs_size = sizeof(dl__order_attrs),
    .attrs = attrs,
    .n_attrs = 3,
    .saves_out = 2,
    .infer = dl__order_infer,
    .forward = dl__order_forward,
    .backward = dl__order_backward,
};

dl_status dl_topk(dl_tensor *x, int64_t k, int32_t axis, int32_t smallest, dl_tensor **value,
                  dl_tensor **index)
{
    dl_tensor *out[2] = {NULL, NULL};
    dl__order_attrs a = {.axis = -1};
    if (dl__ready(x))
        a.axis = dl__axis(x->base.ctx, "topk", axis, x->ndim);
    if (a.axis >= 0) {
        a.k = k;
        a.descending = !smallest;
        if (k < 0 || k > x->dims[a.axis])
            dl_fail(x->base.ctx, DL_EINVAL, "topk: k is %lld, wanted 0 to %lld", (long long)k,
                    (long long)x->dims[a.axis]);
        else
            dl_apply(&dl__op_topk, &x, 1, &a, out, 2);
    }
    return dl__hand_out(x, out, value, index);
}
