/* Steps that evaluate the loss themselves. */
#include "optim/closure.h"
#include <math.h>
#include "core/text.h"

dl_status dl__closure_run(dl_optim *o, dl_closure fn, void *user, double *loss)
{
    dl_ctx *ctx = o->base.ctx;
    const int32_t mark = dl_scope_begin(ctx);
    dl_module_zero_grad(o->module);
    dl_tensor *value = dl__ok(ctx) ? fn(o->module, user) : NULL;
    if (!value && dl__ok(ctx))
        dl_fail(ctx, DL_EUSER, "optim_step_closure: the closure returned NULL, wanted the loss");
    if (dl__ok(ctx) && dl_backward(value) == DL_OK)
        *loss = dl_tensor_item(value);
    dl_scope_end(ctx, mark);
    return ctx->status;
}

dl_status dl_optim_step_closure(dl_optim *o, dl_closure fn, void *user, double *loss)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    double value = NAN;
    if (!fn)
        return dl_fail(ctx, DL_EINVAL, "optim_step_closure: the closure is NULL");
    if (o->meta)
        return dl_fail(ctx, DL_ESTATE, "optim_step_closure: the parameters are meta, without data");
    if (o->solve) {
        o->solve(o, fn, user, &value);
    } else if (dl__closure_run(o, fn, user, &value) == DL_OK) {
        char text[DL__NUMBER];
        if (!isfinite(value))
            dl_fail(ctx, DL_ENUMERIC, "optim_step_closure: the loss is %s, wanted a finite one",
                    dl__double_text(text, value));
        else
            dl_optim_step(o);
    }
    if (loss && dl__ok(ctx))
        *loss = value;
    return ctx->status;
}
