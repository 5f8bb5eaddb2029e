#include "layers/norm_opts.h"
#include "core/text.h"
#include "ops/shape.h"

dl_status dl__norm_flag(dl_ctx *ctx, const char *who, const char *name, int32_t v)
{
    if (v == 0 || v == 1)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: %s is %d, wanted 0 or 1", who, name, (int)v);
}

dl_status dl__norm_config_check(dl_ctx *ctx, const char *who, const dl__norm_config *c)
{
    char text[DL__NUMBER];
    if (!(c->eps >= 0 && c->eps <= __DBL_MAX__))
        return dl_fail(ctx, DL_EINVAL, "%s: eps is %s, wanted a finite number of at least 0", who,
                       dl__double_text(text, c->eps));
    if (!(c->momentum >= 0 && c->momentum <= 1))
        return dl_fail(ctx, DL_EINVAL, "%s: momentum is %s, wanted 0 to 1", who,
                       dl__double_text(text, c->momentum));
    if (dl__norm_flag(ctx, who, "no_affine", c->no_affine) != DL_OK ||
        dl__norm_flag(ctx, who, "no_bias", c->no_bias) != DL_OK ||
        dl__norm_flag(ctx, who, "no_stats", c->no_stats) != DL_OK)
        return ctx->status;
    return dl__norm_flag(ctx, who, "cumulative", c->cumulative);
}

dl_status dl__norm_config_of(dl_ctx *ctx, const char *who, const dl_norm_opts *o,
                             dl__norm_config *c)
{
    static const dl_norm_opts defaults;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    o = o ? o : &defaults;
    *c = (dl__norm_config){.eps = dl__option(o->eps, 1e-5),
                           .momentum = dl__option(o->momentum, 0.1),
                           .no_affine = o->no_affine,
                           .no_bias = o->no_bias,
                           .no_stats = o->no_stats,
                           .cumulative = o->cumulative};
    dl_status s = DL__RESERVED(ctx, who, o);
    if (s == DL_OK && (o->affine || o->stats))
        s = dl_fail(ctx, DL_EINVAL,
                    "%s: %s is for instance normalization, which is without; wanted 0", who,
                    o->affine ? "affine" : "stats");
    return s != DL_OK ? s : dl__norm_config_check(ctx, who, c);
}

int dl__norm_without_stats(dl_ctx *ctx, const char *who, const dl_norm_opts *o)
{
    if (!o || (o->momentum == 0 && o->no_stats == 0 && o->cumulative == 0))
        return 1;
    dl_fail(ctx, DL_EINVAL,
            "%s: momentum, no_stats and cumulative are for batch normalization; wanted 0", who);
    return 0;
}

dl_status dl__norm_params(dl_module *m, const dl__norm_config *c, const int64_t *dims, int32_t ndim)
{
    dl_ctx *ctx = m->base.ctx;
    if (c->no_affine)
        return DL_OK;
    dl_tensor *w = dl__layer_param(m, "weight", dims, ndim, NULL), *b = NULL;
    if (w && dl_init_constant(w, 1) == DL_OK && !c->no_bias)
        b = dl__layer_param(m, "bias", dims, ndim, NULL);
    if (b)
        dl_init_constant(b, 0);
    return ctx->status;
}

dl_status dl__norm_need_channels(const dl_module *m, const dl_tensor *x, int64_t channels,
                                 int32_t least, int32_t most, const char *wanted)
{
    char text[DL__SHAPE_TEXT];
    if (x->ndim >= least && x->ndim <= most && x->dims[1] == channels)
        return DL_OK;
    return dl_fail(m->base.ctx, DL_ESHAPE, "%s: the input is %s, wanted %s with %lld channels",
                   m->cls->name, dl__dims_text(text, x), wanted, (long long)channels);
}

dl_tensor *dl__norm_weight(const dl_module *m)
{
    return m->params.n > 0 ? m->params.item[0].tensor : NULL;
}

dl_tensor *dl__norm_bias(const dl_module *m)
{
    return m->params.n > 1 ? m->params.item[1].tensor : NULL;
}
