/* A call of each function of dl/conv.h and dl/layers.h about patches and resampling. */
#include "dl/conv.h"
#include "dl/layers.h"
#include "support/calls.h"

/* The leaf as lines [3, 1, 4] or pictures [3, 1, 2, 2], [1, 12, 1, 1]. */
#define LINES dl_reshape(w->leaf, DL_SHAPE(3, 1, 4))
#define PICTURES dl_reshape(w->leaf, DL_SHAPE(3, 1, 2, 2))
#define DEEP dl_reshape(w->leaf, DL_SHAPE(1, 12, 1, 1))
#define TWICE                                                                                      \
    &(dl_upsample_opts)                                                                            \
    {                                                                                              \
        .scale = {2}, .mode = DL_UPSAMPLE_LINEAR                                                   \
    }

#define PATCHES(X)                                                                                 \
    X(dl_unfold, MAKES, NULL, made(w, dl_unfold(LINES, DL_KERNEL(2), NULL)))                       \
    X(dl_fold, MAKES, NULL, made(w, dl_fold(LINES, DL_SHAPE(4), DL_KERNEL(1), NULL)))              \
    X(dl_local1d, MAKES, NULL,                                                                     \
      made(w, dl_local1d(LINES, dl_reshape(w->x, DL_SHAPE(1, 1, 3, 4)), NULL,                      \
                         &(dl_conv_opts){.padding = {1}})))                                        \
    X(dl_local2d, MAKES, NULL,                                                                     \
      made(w, dl_local2d(PICTURES, dl_reshape(w->x, DL_SHAPE(3, 1, 1, 1, 2, 2)), NULL, NULL)))     \
    X(dl_upsample, MAKES, NULL, made(w, dl_upsample(PICTURES, TWICE)))                             \
    X(dl_pixel_shuffle, MAKES, NULL, made(w, dl_pixel_shuffle(DEEP, 2)))                           \
    X(dl_pixel_unshuffle, MAKES, NULL, made(w, dl_pixel_unshuffle(PICTURES, 2)))                   \
    X(dl_layer_unfold, MAKES, NULL, owned(w, dl_layer_unfold(w->ctx, DL_KERNEL(2), NULL)))         \
    X(dl_layer_fold, MAKES, NULL,                                                                  \
      owned(w, dl_layer_fold(w->ctx, DL_SHAPE(4), DL_KERNEL(2), NULL)))                            \
    X(dl_layer_local1d, MAKES, NULL,                                                               \
      owned(w, dl_layer_local1d(w->ctx, 1, 2, DL_SIZES(4), DL_KERNEL(2), NULL, NULL)))             \
    X(dl_layer_local2d, MAKES, NULL,                                                               \
      owned(w, dl_layer_local2d(w->ctx, 1, 2, DL_SIZES(3), DL_KERNEL(2), NULL, NULL)))             \
    X(dl_layer_upsample, MAKES, NULL, owned(w, dl_layer_upsample(w->ctx, TWICE)))                  \
    X(dl_layer_pixel_shuffle, MAKES, NULL, owned(w, dl_layer_pixel_shuffle(w->ctx, 2)))            \
    X(dl_layer_pixel_unshuffle, MAKES, NULL, owned(w, dl_layer_pixel_unshuffle(w->ctx, 2)))
CALL_TABLE(calls_patches, PATCHES)
