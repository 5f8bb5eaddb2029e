/* dl_rms_norm, as a layer. */
#include <float.h>
#include "layers/norm_opts.h"

static dl_status init(dl_module *m, const void *config)
{
    const dl__rownorm_config *c = config;
    if (c->norm.no_bias != 1)
        return dl_fail(m->base.ctx, DL_EINVAL, "rmsnorm: no_bias is %d, it has none: wanted 1",
                       (int)c->norm.no_bias);
    return dl__rownorm_init(m, config);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const dl__rownorm_config *c = m->config;
    const int32_t axes = dl__rownorm_axes(m, in, n_in, n_out);
    dl_tensor *y = axes > 0 ? dl_rms_norm(in[0], axes, dl__norm_weight(m), c->norm.eps) : NULL;
    return dl__layer_give(m, y, out);
}

const dl_module_class dl__class_rmsnorm = {
    .name = "rmsnorm",
    .config_size = sizeof(dl__rownorm_config),
    .fields = dl__rownorm_fields,
    .n_fields = DL__ROWNORM_FIELDS,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_rmsnorm(dl_ctx *ctx, const int64_t *shape, int32_t ndim, const dl_norm_opts *o)
{
    if (!dl__ok(ctx))
        return NULL;
    if (o && o->no_bias != 0) {
        dl_fail(ctx, DL_EINVAL, "rmsnorm: no_bias is %d, it has no bias anyway: wanted 0",
                (int)o->no_bias);
        return NULL;
    }
    const double eps = ctx->opts.dtype == DL_F64 ? DBL_EPSILON : (double)FLT_EPSILON;
    return dl__rownorm_new(ctx, &dl__class_rmsnorm, shape, ndim, o, eps, 1);
}
