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
/* The same check of a config from a file. */
dl_status dl__norm_config_check(dl_ctx *ctx, const char *who, const dl__norm_config *c);
/* Adds "weight" (ones) and "bias" (zeros), as c wants them. */
dl_status dl__norm_params(dl_module *m, const dl__norm_config *c, const int64_t *dims,
                          int32_t ndim);
/* What was added, NULL for what is not there. */
dl_tensor *dl__norm_weight(const dl_module *m);
dl_tensor *dl__norm_bias(const dl_module *m);

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
int32_t dl__batchnorm_fold(dl_module *m, dl_module *before);
dl_module *dl__batchnorm_new(dl_ctx *ctx, const dl_module_class *cls, int64_t channels,
                             const dl_norm_opts *o);
#endif
