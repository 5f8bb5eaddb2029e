/* Rows in order. dx is dy where the elements came from. */
#include "kernels/sort.h"
#include "ops/order.h"
#include "ops/places.h"

dl_status dl__order_infer(const dl_call *c, dl_spec *out)
{
    const dl__order_attrs *a = c->attrs;
    dl_tensor y = dl__tensor_value(c->in[0]);
    y.dims[a->axis] = a->k;
    dl__spec_like(&out[0], &y);
    out[1] = out[0];
    out[1].dtype = DL_I64;
    return DL_OK;
}

dl_status dl__order_forward(const dl_call *c)
{
    const dl__order_attrs *a = c->attrs;
    const dl_tensor *operand[] = {c->out[0], c->in[0], c->out[1]};
    dl__rows_plan plan;
    dl__rows_begin(&plan, c->in[0]->dims, c->in[0]->ndim, a->axis);
    for (int32_t k = 0; k < 3; k++)
        dl__rows_add(&plan, dl__data(operand[k]), operand[k]->strides,
                     dl_dtype_size(operand[k]->dtype), a->axis);
    return dl__sort(c->ctx, &plan, c->in[0]->dtype, a->descending, a->k);
}

dl_status dl__order_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__order_attrs *a = c->attrs;
    return dl__place_gradient(dy[0], c->out[1], c->in[0], 1 << a->axis, &dx[0]);
}
