/* dl_layer_norm, as a layer. */
#include "layers/norm_opts.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const dl__rownorm_config *c = m->config;
    const int32_t axes = dl__rownorm_axes(m, in, n_in, n_out);
    dl_tensor *y = NULL;
    if (axes > 0)
        y = dl_layer_norm(in[0], axes, dl__norm_weight(m), dl__norm_bias(m), c->norm.eps);
    return dl__layer_give(m, y, out);
}

const dl_module_class dl__class_layernorm = {
    .name = "layernorm",
    .config_size = sizeof(dl__rownorm_config),
    .fields = dl__rownorm_fields,
    .n_fields = DL__ROWNORM_FIELDS,
    .init = dl__rownorm_init,
    .forward = forward,
};

dl_module *dl_layer_layernorm(dl_ctx *ctx, const int64_t *shape, int32_t ndim,
                              const dl_norm_opts *o)
{
    return dl__rownorm_new(ctx, &dl__class_layernorm, shape, ndim, o, 1e-5, 0);
}
