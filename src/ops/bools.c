#include "ops/bools.h"

dl_status dl__bools_infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    dl__axes_spec(c, DL_BOOL, out);
    if (x->dtype != DL_BOOL)
        return dl_fail(c->ctx, DL_EDTYPE, "%s: operand 0 is %s, it wants bool", c->op->name,
                       dl_dtype_name(x->dtype));
    return DL_OK;
}

dl_status dl__bools_forward(const dl_call *c, int32_t op, int none)
{
    const dl__axes_attrs *a = c->attrs;
    if (dl__axes_count(c->in[0], a) > 0)
        return dl__reduce_axes(op, c->in[0], (uint32_t)a->mask, c->out[0]);
    dl__fill_elements(c->out[0], none);
    return DL_OK;
}
