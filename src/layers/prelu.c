/* x, or a learned slope times x below 0. */
#include "layers/layer.h"

typedef struct config {
    int64_t n;
} config;

static const dl_config_field fields[] = {{"n", DL_CONFIG_I64, offsetof(config, n), 1}};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    if (c->n < 1)
        return dl_fail(m->base.ctx, DL_EINVAL, "prelu: %lld slopes, wanted at least 1",
                       (long long)c->n);
    dl_tensor *w = dl__layer_param(m, "weight", &c->n, 1, NULL);
    return w ? dl_init_constant(w, 0.25) : m->base.ctx->status;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s : dl__layer_give(m, dl_prelu(in[0], m->params.item[0].tensor), out);
}

const dl_module_class dl__class_prelu = {
    .name = "prelu",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_prelu(dl_ctx *ctx, int64_t n)
{
    return dl_module_new(ctx, &dl__class_prelu, &(config){n});
}
