/* Layers of convolutions: one config, one set of functions; the classes are lines of
 * DL__CONV_LAYER. */
#ifndef DL_LAYERS_CONV_H
#define DL_LAYERS_CONV_H
#include "layers/layer.h"

typedef struct dl__conv_config {
    int64_t in, out;
    int32_t kernel[3];
    dl_conv_opts conv;
    int32_t no_bias, init;
} dl__conv_config;

enum { DL__CONV_FIELDS = 13 };
extern const dl_config_field dl__conv_fields[DL__CONV_FIELDS];
/* They are entries of the list of a larger config, too: FIELD(name, member, type, array length). */
#define DL__CONV_FIELD_LIST(FIELD)                                                                 \
    FIELD("in", in, I64, 1), FIELD("out", out, I64, 1), FIELD("kernel", kernel, I32, 3),           \
        FIELD("stride", conv.stride, I32, 3), FIELD("padding", conv.padding, I32, 3),              \
        FIELD("padding_end", conv.padding_end, I32, 3), FIELD("dilation", conv.dilation, I32, 3),  \
        FIELD("output_padding", conv.output_padding, I32, 3),                                      \
        FIELD("groups", conv.groups, I32, 1), FIELD("mode", conv.mode, I32, 1),                    \
        FIELD("same", conv.same, I32, 1), FIELD("no_bias", no_bias, I32, 1),                       \
        FIELD("init", init, I32, 1)

typedef dl_tensor *dl__conv_function(dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                     const dl_conv_opts *o);
/* Checks c; dims become the shape of the weight. */
dl_status dl__conv_layer_check(dl_module *m, const dl__conv_config *c, int32_t axes,
                               int32_t transposed, int64_t dims[5]);
/* The config of what a constructor is given; 0 with an error, or at once. */
int dl__conv_layer_config(dl_ctx *ctx, const char *who, int32_t axes, int64_t in, int64_t out,
                          const int32_t *kernel, const dl_conv_opts *c, const dl_layer_opts *o,
                          dl__conv_config *config);
dl_status dl__conv_layer_init(dl_module *m, const void *config, int32_t axes, int32_t transposed);
dl_status dl__conv_layer_forward(dl_module *m, dl__conv_function *op, dl_tensor *const *in,
                                 int32_t n_in, dl_tensor **out, int32_t n_out);
int64_t dl__conv_layer_cost(const dl_module *m, dl_tensor *const *in, int32_t n_in,
                            dl_tensor *const *out, int32_t n_out);
int64_t dl__conv_layer_cost_transposed(const dl_module *m, dl_tensor *const *in, int32_t n_in,
                                       dl_tensor *const *out, int32_t n_out);
int32_t dl__conv_layer_absorb(dl_module *m, int32_t transposed, dl_tensor *scale, dl_tensor *shift);
dl_module *dl__conv_layer_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes, int64_t in,
                              int64_t out, const int32_t *kernel, const dl_conv_opts *c,
                              const dl_layer_opts *o);

#define DL__CONV_LAYER(name_, axes, transposed, cost_)                                             \
    static dl_status init(dl_module *m, const void *config)                                        \
    {                                                                                              \
        return dl__conv_layer_init(m, config, axes, transposed);                                   \
    }                                                                                              \
    static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,    \
                             int32_t n_out)                                                        \
    {                                                                                              \
        return dl__conv_layer_forward(m, dl_##name_, in, n_in, out, n_out);                        \
    }                                                                                              \
    static int32_t absorb(dl_module *m, dl_tensor *scale, dl_tensor *shift)                        \
    {                                                                                              \
        return dl__conv_layer_absorb(m, transposed, scale, shift);                                 \
    }                                                                                              \
    const dl_module_class dl__class_##name_ = {.name = #name_,                                     \
                                               .config_size = sizeof(dl__conv_config),             \
                                               .fields = dl__conv_fields,                          \
                                               .n_fields = DL__CONV_FIELDS,                        \
                                               .init = init,                                       \
                                               .forward = forward,                                 \
                                               .cost = cost_,                                      \
                                               .absorb = absorb};                                  \
    dl_module *dl_layer_##name_(dl_ctx *ctx, int64_t in, int64_t out, const int32_t *kernel,       \
                                const dl_conv_opts *c, const dl_layer_opts *o)                     \
    {                                                                                              \
        return dl__conv_layer_new(ctx, &dl__class_##name_, axes, in, out, kernel, c, o);           \
    }
#endif
