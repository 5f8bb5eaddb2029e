/* Layers of pooling: a line makes class and constructor.
 *
 *     DL__LAYER_OF_WINDOWS(maxpool, 2)            dl_layer_maxpool2d(ctx, kernel, opts)
 *     DL__LAYER_OF_SIZES(adaptive_avgpool, 2)     dl_layer_adaptive_avgpool2d(ctx, sizes)
 */
#ifndef DL_LAYERS_POOLING_H
#define DL_LAYERS_POOLING_H
#include "layers/layer.h"

/* What all layers with windows keep: lists as dl_pool_opts has them, without what is not read. */
typedef struct dl__pool_config {
    int32_t kernel[3], stride[3], padding[3], dilation[3];
    int32_t ceil_mode, exclude_padding;
    int64_t divisor;
    double p; /* of lppool */
} dl__pool_config;
enum { DL__POOL_FIELDS = 8 };
extern const dl_config_field dl__pool_fields[DL__POOL_FIELDS];

typedef struct dl__sizes_config {
    int64_t sizes[3];
} dl__sizes_config;
extern const dl_config_field dl__sizes_fields[1];

typedef dl_tensor *(*dl__windows_op)(dl_tensor *x, const dl__pool_config *c);
typedef dl_tensor *(*dl__sizes_op)(dl_tensor *x, const int64_t *sizes);

/* The options of c. */
dl_pool_opts dl__pool_config_opts(const dl__pool_config *c);
/* init: tries op on no examples of an input that one window fills. */
dl_status dl__windows_init(dl_module *m, const dl__pool_config *c, int32_t axes, dl__windows_op op);
dl_status dl__sizes_init(dl_module *m, const dl__sizes_config *c, int32_t axes, dl__sizes_op op);
/* A module of cls; o may be NULL. */
dl_module *dl__windows_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes, double p,
                           const int32_t *kernel, const dl_pool_opts *o);
dl_module *dl__sizes_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes,
                         const int64_t *sizes);

/* The class of operations with windows; call applies the operation to x with c->kernel and &o. */
#define DL__WINDOWS_CLASS(op, axes, call)                                                          \
    static dl_tensor *apply##axes(dl_tensor *x, const dl__pool_config *c)                          \
    {                                                                                              \
        const dl_pool_opts o = dl__pool_config_opts(c);                                            \
        return call;                                                                               \
    }                                                                                              \
    static dl_status init##axes(dl_module *m, const void *config)                                  \
    {                                                                                              \
        return dl__windows_init(m, config, axes, apply##axes);                                     \
    }                                                                                              \
    static dl_status forward##axes(dl_module *m, dl_tensor *const *in, int32_t n_in,               \
                                   dl_tensor **out, int32_t n_out)                                 \
    {                                                                                              \
        const dl_status s = dl__layer_single(m, in, n_in, n_out);                                  \
        return s != DL_OK ? s : dl__layer_give(m, apply##axes(in[0], dl_module_config(m)), out);   \
    }                                                                                              \
    const dl_module_class dl__class_##op##axes##d = {.name = #op #axes "d",                        \
                                                     .config_size = sizeof(dl__pool_config),       \
                                                     .fields = dl__pool_fields,                    \
                                                     .n_fields = DL__POOL_FIELDS,                  \
                                                     .init = init##axes,                           \
                                                     .forward = forward##axes};

#define DL__LAYER_OF_WINDOWS(op, axes)                                                             \
    DL__WINDOWS_CLASS(op, axes, dl_##op##axes##d(x, c->kernel, &o))                                \
    dl_module *dl_layer_##op##axes##d(dl_ctx *ctx, const int32_t *kernel, const dl_pool_opts *o)   \
    {                                                                                              \
        return dl__windows_new(ctx, &dl__class_##op##axes##d, axes, 0, kernel, o);                 \
    }

#define DL__LAYER_OF_SIZES(op, axes)                                                               \
    static dl_status init##axes(dl_module *m, const void *config)                                  \
    {                                                                                              \
        return dl__sizes_init(m, config, axes, dl_##op##axes##d);                                  \
    }                                                                                              \
    static dl_status forward##axes(dl_module *m, dl_tensor *const *in, int32_t n_in,               \
                                   dl_tensor **out, int32_t n_out)                                 \
    {                                                                                              \
        const dl__sizes_config *c = dl_module_config(m);                                           \
        const dl_status s = dl__layer_single(m, in, n_in, n_out);                                  \
        return s != DL_OK ? s : dl__layer_give(m, dl_##op##axes##d(in[0], c->sizes), out);         \
    }                                                                                              \
    const dl_module_class dl__class_##op##axes##d = {.name = #op #axes "d",                        \
                                                     .config_size = sizeof(dl__sizes_config),      \
                                                     .fields = dl__sizes_fields,                   \
                                                     .n_fields = 1,                                \
                                                     .init = init##axes,                           \
                                                     .forward = forward##axes};                    \
    dl_module *dl_layer_##op##axes##d(dl_ctx *ctx, const int64_t *sizes)                           \
    {                                                                                              \
        return dl__sizes_new(ctx, &dl__class_##op##axes##d, axes, sizes);                          \
    }
#endif
