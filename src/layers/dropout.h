/* What dropout of elements and of channels share. */
#ifndef DL_LAYERS_DROPOUT_H
#define DL_LAYERS_DROPOUT_H
#include "layers/layer.h"

typedef struct dl__dropout_config {
    double p;
    int32_t expectation;
} dl__dropout_config;
enum { DL__DROPOUT_FIELDS = 2 };
extern const dl_config_field dl__dropout_fields[DL__DROPOUT_FIELDS];

dl_status dl__dropout_init(dl_module *m, const void *config);
/* forward of elements (spatial 0), or of channels of inputs with so many axes behind them. */
dl_status dl__dropout_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out, int32_t spatial);
dl_module *dl__dropout_new(dl_ctx *ctx, const dl_module_class *cls, double p,
                           const dl_dropout_opts *o);

/* The class and the constructor; a file has the line. */
#define DL__DROPOUT_LAYER(layer, spatial)                                                          \
    static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,    \
                             int32_t n_out)                                                        \
    {                                                                                              \
        return dl__dropout_forward(m, in, n_in, out, n_out, spatial);                              \
    }                                                                                              \
    const dl_module_class dl__class_##layer = {.name = #layer,                                     \
                                               .config_size = sizeof(dl__dropout_config),          \
                                               .fields = dl__dropout_fields,                       \
                                               .n_fields = DL__DROPOUT_FIELDS,                     \
                                               .init = dl__dropout_init,                           \
                                               .forward = forward};                                \
    dl_module *dl_layer_##layer(dl_ctx *ctx, double p, const dl_dropout_opts *o)                   \
    {                                                                                              \
        return dl__dropout_new(ctx, &dl__class_##layer, p, o);                                     \
    }
#endif
