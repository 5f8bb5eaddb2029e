/* Settings of their own for some parameters, chosen by name. */
#include <math.h>
#include "core/text.h"
#include "optim/optim.h"

dl_status dl_optim_group(dl_optim *o, const char *pattern, double lr_scale, double weight_decay)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    if (!pattern)
        return dl_fail(ctx, DL_EINVAL, "optim_group: the pattern is NULL");
    double scale = dl__option(lr_scale, 1), decay = dl__option(weight_decay, o->weight_decay);
    if (dl__option_range(ctx, "optim_group", "lr_scale", scale, INFINITY) != DL_OK ||
        dl__option_range(ctx, "optim_group", "weight_decay", decay, INFINITY) != DL_OK)
        return ctx->status;
    int32_t hits = 0;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        if (!dl__pattern_fits(pattern, s->name))
            continue;
        s->lr_scale = scale;
        s->weight_decay = decay;
        hits++;
    }
    if (!hits)
        return dl_fail(ctx, DL_EINVAL, "optim_group: no parameter's name fits \"%.200s\"", pattern);
    return DL_OK;
}

dl_status dl_optim_spare(dl_optim *o, const char *pattern)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    int32_t hits = 0;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        if (pattern ? !dl__pattern_fits(pattern, s->name) : s->param->ndim >= 2)
            continue;
        s->weight_decay = 0;
        hits++;
    }
    if (pattern && !hits)
        return dl_fail(o->base.ctx, DL_EINVAL, "optim_spare: no parameter's name fits \"%.200s\"",
                       pattern);
    return DL_OK;
}
