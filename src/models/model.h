/* What builders of nets share. A net is a sequential that takes its parts one by one, in a fixed
 * order, because each draws random numbers. After a failure all that follows does nothing, and
 * dl__model_end gives NULL. */
#ifndef DL_MODELS_MODEL_H
#define DL_MODELS_MODEL_H
#include "core/ctx.h"
#include "dl/ext.h"
#include "dl/models.h"

/* A number that an option counts: standard if it is 0; DL_EINVAL if it is negative. */
dl_status dl__model_count(dl_ctx *ctx, const char *who, const char *name, int64_t standard,
                          int64_t *value);
/* 0 or 1, else DL_EINVAL. */
dl_status dl__model_flag(dl_ctx *ctx, const char *who, const char *name, int32_t value);

/* The index of depth among the n depths; negative and DL_EINVAL if it is not one of them. */
int32_t dl__model_depth(dl_ctx *ctx, const char *who, int32_t depth, const int32_t *depths,
                        int32_t n);

/* Adds part under the next number: "0", "1", ... */
void dl__model_next(dl_module *net, dl_module *part);
/* A convolution without bias, of odd kernel, whose padding keeps the size but for the stride. */
dl_module *dl__model_conv(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel, int32_t stride);
/* Adds under the next numbers: convolution 3x3, batch norm, ReLU; without norm, a bias instead. */
void dl__model_conv_norm_relu(dl_module *net, int64_t in, int64_t out, int32_t no_norm);
/* Adds dropout, under the next number; p 0: standard, DL_OFF: nothing. */
void dl__model_dropout(dl_module *net, double p, double standard);
/* net, or NULL after a failure. */
dl_module *dl__model_end(dl_ctx *ctx, dl_module *net);

/* Residual nets. */
typedef struct dl__stage {
    int64_t planes;
    int32_t blocks, stride, bottleneck;
} dl__stage;
/* Checks o and puts defaults in; into *r. */
dl_status dl__resnet_opts(dl_ctx *ctx, const char *who, const dl_resnet_opts *o,
                          const dl_resnet_opts *standard, dl_resnet_opts *r);
/* Adds "layerI" with the blocks of a stage; *channels goes from its input to its output. */
void dl__resnet_stage(dl_module *net, int32_t i, const dl__stage *s, const dl_resnet_opts *o,
                      int64_t *channels);
/* Adds pooling, "flatten" and "fc". */
void dl__resnet_head(dl_module *net, int64_t channels, int64_t classes);
#endif
