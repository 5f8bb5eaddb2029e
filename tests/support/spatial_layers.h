/* Tests of layers that there are for lines, pictures and volumes: the test of each is a line
 * INSTANCENORM_TEST or CHANNEL_DROPOUT_TEST. */
#ifndef DL_TESTS_SPATIAL_LAYERS_H
#define DL_TESTS_SPATIAL_LAYERS_H
#include <stdio.h>
#include <string.h>
#include "layer_check.h"

typedef struct spatial_layer {
    const char *name, *wanted; /* the class; the input as its message says it */
    int32_t ndim;
    dl_module *(*norm)(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o);
    dl_module *(*dropout)(dl_ctx *ctx, double p, const dl_dropout_opts *o);
    layer_make make[3]; /* for layer_check */
} spatial_layer;

/* The results are main's. */
int instancenorm_main(const spatial_layer *layer);
int channel_dropout_main(const spatial_layer *layer);

#define INSTANCENORM_TEST(layer, ndim, wanted)                                                     \
    static dl_module *make(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_##layer(ctx, 3, &(dl_norm_opts){.eps = 0.25});                             \
    }                                                                                              \
    static dl_module *make_affine(dl_ctx *ctx)                                                     \
    {                                                                                              \
        return dl_layer_##layer(ctx, 3, &(dl_norm_opts){.eps = 0.25, .affine = 1});                \
    }                                                                                              \
    static dl_module *make_tracking(dl_ctx *ctx)                                                   \
    {                                                                                              \
        return dl_layer_##layer(ctx, 3, &(dl_norm_opts){.eps = 0.25, .affine = 1, .stats = 1});    \
    }                                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        return instancenorm_main(&(spatial_layer){                                                 \
            #layer, wanted, ndim, dl_layer_##layer, NULL, {make, make_affine, make_tracking}});    \
    }

#define CHANNEL_DROPOUT_TEST(layer, ndim, wanted)                                                  \
    static dl_module *make(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_##layer(ctx, 0.4, NULL);                                                   \
    }                                                                                              \
    static dl_module *make_expectation(dl_ctx *ctx)                                                \
    {                                                                                              \
        return dl_layer_##layer(ctx, 0.4, &(dl_dropout_opts){.expectation = 1});                   \
    }                                                                                              \
    int main(void)                                                                                 \
    {                                                                                              \
        return channel_dropout_main(&(spatial_layer){                                              \
            #layer, wanted, ndim, NULL, dl_layer_##layer, {make, make_expectation, NULL}});        \
    }
#endif
