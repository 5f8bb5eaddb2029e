#include "ops/compare.h"

dl_status dl__compare_infer(const dl_call *c, dl_spec *out)
{
    const dl_status status = dl__elementwise_infer_any(c, out);
    out->dtype = DL_BOOL;
    return status;
}

dl_status dl__logical_infer(const dl_call *c, dl_spec *out)
{
    for (int32_t i = 0; i < c->n_in; i++)
        if (c->in[i]->dtype != DL_BOOL)
            return dl_fail(c->ctx, DL_EDTYPE, "%s: operand %d is %s, it wants bool", c->op->name,
                           (int)i, dl_dtype_name(c->in[i]->dtype));
    return dl__elementwise_infer_any(c, out);
}

void dl__compare_run(dl_tensor *out, const dl_tensor *a, const dl_tensor *b, dl__run run)
{
    const dl_tensor *const operand[] = {out, a, b};
    dl__walk w;
    dl__walk_plan(&w, operand, 3);
    dl__walk_run(out->base.ctx, &w, run, NULL);
}

static dl__run run_for(const dl__compare *compare, dl_dtype dtype)
{
    switch (dtype) {
    case DL_F32:
        return compare->f32;
    case DL_F64:
        return compare->f64;
    case DL_I32:
        return compare->i32;
    case DL_I64:
        return compare->i64;
    case DL_U8:
        return compare->u8;
    default:
        return compare->flag;
    }
}

dl_status dl__compare_forward(const dl_call *c, const dl__compare *compare)
{
    dl__compare_run(c->out[0], c->in[0], c->in[c->n_in - 1], run_for(compare, c->in[0]->dtype));
    return DL_OK;
}
