/* Channels that become places, and places that become channels, as layers. */
#include "layers/layer.h"

typedef struct config {
    int32_t factor;
} config;
static const dl_config_field fields[] = {{"factor", DL_CONFIG_I32, 0, 1}};

/* init: the operation refuses a factor on no elements, too. */
#define LAYER(op)                                                                                  \
    static dl_status op##_init(dl_module *m, const void *p)                                        \
    {                                                                                              \
        dl_ctx *ctx = m->base.ctx;                                                                 \
        const int64_t none[4] = {0};                                                               \
        dl_##op(dl_tensor_give(dl_tensor_zeros(ctx, ctx->opts.dtype, none, 4)),                    \
                ((const config *)p)->factor);                                                      \
        return ctx->status;                                                                        \
    }                                                                                              \
    static dl_status op##_forward(dl_module *m, dl_tensor *const *in, int32_t n_in,                \
                                  dl_tensor **out, int32_t n_out)                                  \
    {                                                                                              \
        const config *c = dl_module_config(m);                                                     \
        const dl_status s = dl__layer_single(m, in, n_in, n_out);                                  \
        return s != DL_OK ? s : dl__layer_give(m, dl_##op(in[0], c->factor), out);                 \
    }                                                                                              \
    const dl_module_class dl__class_##op = {.name = #op,                                           \
                                            .config_size = sizeof(config),                         \
                                            .fields = fields,                                      \
                                            .n_fields = 1,                                         \
                                            .init = op##_init,                                     \
                                            .forward = op##_forward};                              \
    dl_module *dl_layer_##op(dl_ctx *ctx, int32_t r)                                               \
    {                                                                                              \
        return dl_module_new(ctx, &dl__class_##op, &(config){r});                                  \
    }
LAYER(pixel_shuffle)
LAYER(pixel_unshuffle)
