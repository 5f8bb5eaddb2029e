/* A parameter that stands alone: no input, and itself for a result. */
#include <string.h>
#include "layers/layer.h"

typedef struct config {
    int64_t shape[DL_MAX_DIMS];
    int32_t ndim, init;
} config;

static const dl_config_field fields[] = {
    {"shape", DL_CONFIG_I64, offsetof(config, shape), DL_MAX_DIMS},
    {"ndim", DL_CONFIG_I32, offsetof(config, ndim), 1},
    {"init", DL_CONFIG_I32, offsetof(config, init), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    const dl_layer_opts o = {.init = c->init};
    dl_ctx *ctx = m->base.ctx;
    if (dl__layer_opts_check(ctx, "parameter", &o) != DL_OK)
        return ctx->status;
    dl_tensor *w = dl__layer_param(m, "weight", c->shape, c->ndim, NULL);
    return w ? dl_init_layer(w, NULL, c->init ? c->init : DL_INIT_ZEROS) : ctx->status;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    (void)in;
    if (n_in != 0 || n_out != 1)
        return dl_fail(m->base.ctx, DL_EINVAL,
                       "parameter: called with %d inputs for %d outputs, it has 0 and 1", (int)n_in,
                       (int)n_out);
    return dl__layer_give(m, m->params.item[0].tensor, out);
}

const dl_module_class dl__class_parameter = {
    .name = "parameter",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_parameter(dl_ctx *ctx, const int64_t *shape, int32_t ndim, int32_t init_how)
{
    config c = {.ndim = ndim, .init = init_how};
    if (!dl__ok(ctx))
        return NULL;
    if (ndim > 0 && !shape) {
        dl_fail(ctx, DL_EINVAL, "parameter: shape is NULL, wanted %d sizes", (int)ndim);
        return NULL;
    }
    if (ndim > 0 && ndim <= DL_MAX_DIMS)
        memcpy(c.shape, shape, (size_t)ndim * sizeof *shape);
    return dl_module_new(ctx, &dl__class_parameter, &c);
}
