/* Instance normalisation: what the layers for lines, pictures and volumes share. */
#include "dl/grad.h"
#include "layers/norm_opts.h"

/* The means, over the examples of x, of what each has in a channel. */
static void track(dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = m->base.ctx;
    int32_t axes[DL_MAX_DIMS];
    if (dl_tensor_count(x) == 0)
        return;
    for (int32_t i = 2; i < x->ndim; i++)
        axes[i - 2] = i;
    const int32_t recording = dl_grad_enable(ctx, 0), n = x->ndim - 2, first = 0;
    dl_tensor *mean = dl_mean(dl_mean(x, axes, n, 0), &first, 1, 0);
    dl_tensor *var = dl_mean(dl_var(x, axes, n, 0, 0), &first, 1, 0);
    dl_grad_enable(ctx, recording);
    dl__batchnorm_track(m, mean, var, dl__elements(x->dims + 2, n));
}

dl_status dl__instancenorm_forward(dl_module *m, dl_tensor *const *in, int32_t n_in,
                                   dl_tensor **out, int32_t n_out, int32_t least, int32_t most,
                                   const char *wanted)
{
    const dl__batchnorm_config *c = m->config;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK ||
        (s = dl__norm_need_channels(m, in[0], c->channels, least, most, wanted)) != DL_OK)
        return s;
    if (c->folded || (!c->norm.no_stats && !m->training))
        return dl__layer_give(m, dl__batchnorm_eval(m, in[0]), out);
    dl_tensor *y = dl_instance_norm(in[0], dl__norm_weight(m), dl__norm_bias(m), c->norm.eps);
    if (y && !c->norm.no_stats)
        track(m, in[0]);
    return dl__layer_give(m, y, out);
}

static dl_status check_pair(dl_ctx *ctx, const char *who, const char *name, int32_t with,
                            int32_t without)
{
    if (dl__norm_flag(ctx, who, name, with) != DL_OK)
        return ctx->status;
    if (with && without)
        return dl_fail(ctx, DL_EINVAL, "%s: %s and no_%s are both set", who, name, name);
    return DL_OK;
}

dl_module *dl__instancenorm_new(dl_ctx *ctx, const dl_module_class *cls, int64_t channels,
                                const dl_norm_opts *o)
{
    dl__batchnorm_config c = {.channels = channels};
    dl_norm_opts given = {0};
    if (!dl__ok(ctx))
        return NULL;
    if (o)
        given = *o;
    if (check_pair(ctx, cls->name, "affine", given.affine, given.no_affine) != DL_OK ||
        check_pair(ctx, cls->name, "stats", given.stats, given.no_stats) != DL_OK)
        return NULL;
    const int32_t affine = given.affine, stats = given.stats;
    given.affine = given.stats = 0;
    if (dl__norm_config_of(ctx, cls->name, &given, &c.norm) != DL_OK)
        return NULL;
    c.norm.no_affine = !affine;
    c.norm.no_stats = !stats;
    return dl_module_new(ctx, cls, &c);
}
