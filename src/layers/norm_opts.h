/* What normalisation layers share. */
#ifndef DL_LAYERS_NORM_OPTS_H
#define DL_LAYERS_NORM_OPTS_H
#include "layers/layer.h"

/* dl_norm_opts with the defaults filled in. */
typedef struct dl__norm_config {
    double eps, momentum;
    int32_t no_affine, no_bias, no_stats, cumulative;
} dl__norm_config;

/* Fills c from o, which may be NULL; DL_EINVAL for values it does not know. */
dl_status dl__norm_config_of(dl_ctx *ctx, const char *who, const dl_norm_opts *o,
                             dl__norm_config *c);
/* 1 when o, which may be NULL, says nothing about running statistics; else 0 and DL_EINVAL. */
int dl__norm_without_stats(dl_ctx *ctx, const char *who, const dl_norm_opts *o);
/* The same check of a config from a file. */
dl_status dl__norm_config_check(dl_ctx *ctx, const char *who, const dl__norm_config *c);
/* Adds "weight" (ones) and "bias" (zeros), as c wants them. */
dl_status dl__norm_params(dl_module *m, const dl__norm_config *c, const int64_t *dims,
                          int32_t ndim);
/* DL_ESHAPE unless x has least to most axes, and channels along axis 1; wanted says which axes. */
dl_status dl__norm_need_channels(const dl_module *m, const dl_tensor *x, int64_t channels,
                                 int32_t least, int32_t most, const char *wanted);
/* DL_EINVAL unless v, the option called name, is 0 or 1. */
dl_status dl__norm_flag(dl_ctx *ctx, const char *who, const char *name, int32_t v);
/* What was added, NULL for what is not there. */
dl_tensor *dl__norm_weight(const dl_module *m);
dl_tensor *dl__norm_bias(const dl_module *m);

/* Normalisation of rows: layer and RMS norm. */
typedef struct dl__rownorm_config {
    int64_t shape[DL_MAX_DIMS];
    int32_t ndim;
    dl__norm_config norm;
} dl__rownorm_config;
enum { DL__ROWNORM_FIELDS = 5 };
extern const dl_config_field dl__rownorm_fields[DL__ROWNORM_FIELDS];
dl_status dl__rownorm_init(dl_module *m, const void *config);
/* The number of axes that are a row; 0 with an error for inputs that do not fit. */
int32_t dl__rownorm_axes(dl_module *m, dl_tensor *const *in, int32_t n_in, int32_t n_out);
dl_module *dl__rownorm_new(dl_ctx *ctx, const dl_module_class *cls, const int64_t *shape,
                           int32_t ndim, const dl_norm_opts *o, double eps, int32_t no_bias);

/* Batch normalisation over inputs of different numbers of axes. */
typedef struct dl__batchnorm_config {
    int64_t channels;
    dl__norm_config norm;
    int32_t folded; /* 1: into the layer before; y = x */
} dl__batchnorm_config;
enum { DL__BATCHNORM_FIELDS = 8 };
extern const dl_config_field dl__batchnorm_fields[DL__BATCHNORM_FIELDS];
dl_status dl__batchnorm_init(dl_module *m, const void *config);
/* forward for inputs of least to most axes; wanted says which. */
dl_status dl__batchnorm_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                int32_t n_out, int32_t least, int32_t most, const char *wanted);
/* forward for in {x, skip}, skip NULL or shaped like x: max(y + skip, 0), in one pass. m is not
 * folded, and takes x. */
dl_status dl__batchnorm_relu(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                             int32_t n_out);
/* The result of evaluation mode: x where m is folded, else by the running statistics. */
dl_tensor *dl__batchnorm_eval(const dl_module *m, dl_tensor *x);
/* Takes statistics over n values of a channel into the running ones. */
void dl__batchnorm_track(dl_module *m, dl_tensor *mean, dl_tensor *var, int64_t n);
/* fold for inputs of least to most axes. */
int32_t dl__batchnorm_fold(dl_module *m, dl_module *before, int32_t least, int32_t most);
dl_module *dl__batchnorm_new(dl_ctx *ctx, const dl_module_class *cls, int64_t channels,
                             const dl_norm_opts *o);

/* Instance normalisation: config, parts and evaluation are those of batch normalisation. */
dl_status dl__instancenorm_forward(dl_module *m, dl_tensor *const *in, int32_t n_in,
                                   dl_tensor **out, int32_t n_out, int32_t least, int32_t most,
                                   const char *wanted);
dl_module *dl__instancenorm_new(dl_ctx *ctx, const dl_module_class *cls, int64_t channels,
                                const dl_norm_opts *o);

/* Such a layer, of family batchnorm or instancenorm: its class and dl_layer_*. */
#define DL__CHANNELNORM_LAYER(layer, family, least, most, wanted)                                  \
    static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,    \
                             int32_t n_out)                                                        \
    {                                                                                              \
        return dl__##family##_forward(m, in, n_in, out, n_out, least, most, wanted);               \
    }                                                                                              \
    static int32_t fold(dl_module *m, dl_module *before)                                           \
    {                                                                                              \
        return dl__batchnorm_fold(m, before, least, most);                                         \
    }                                                                                              \
    const dl_module_class dl__class_##layer = {.name = #layer,                                     \
                                               .config_size = sizeof(dl__batchnorm_config),        \
                                               .fields = dl__batchnorm_fields,                     \
                                               .n_fields = DL__BATCHNORM_FIELDS,                   \
                                               .init = dl__batchnorm_init,                         \
                                               .forward = forward,                                 \
                                               .fold = fold};                                      \
    dl_module *dl_layer_##layer(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o)              \
    {                                                                                              \
        return dl__##family##_new(ctx, &dl__class_##layer, channels, o);                           \
    }
#endif
