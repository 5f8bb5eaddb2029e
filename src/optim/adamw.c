/* AdamW: Adam with decoupled weight decay, by its own name and with its own default. */
#include "optim/optim.h"

dl_optim *dl_optim_adamw(dl_module *m, const dl_adam_opts *opts)
{
    dl_adam_opts o = {0};
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    if (opts)
        o = *opts;
    if (o.decoupled == DL_OFF) {
        dl_fail(ctx, DL_EINVAL, "optim_adamw: decoupled is off; optim_adam has that");
        return NULL;
    }
    if (o.decoupled == 0)
        o.decoupled = 1;
    if (o.weight_decay == 0)
        o.weight_decay = 0.01;
    return dl__optim_adam(m, "optim_adamw", &o);
}
