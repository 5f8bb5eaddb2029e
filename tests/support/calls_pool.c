/* A call of each function of dl/conv.h and dl/layers.h that pools. */
#include "dl/conv.h"
#include "dl/layers.h"
#include "support/calls.h"

/* The leaf as [3, 1, 4], or with more axes of size 1. */
static dl_tensor *lines(const world *w, int32_t axes)
{
    return dl_reshape(w->leaf, (const int64_t[]){3, 1, 4, 1, 1}, 2 + axes);
}

/* Where they come from: the first element. */
static dl_tensor *places(const world *w, int32_t axes)
{
    return dl_tensor_give(
        dl_tensor_zeros(w->ctx, DL_I64, (const int64_t[]){3, 1, 4, 1, 1}, 2 + axes));
}

/* Both results, or none. */
static dl_status both(dl_status s, const dl_tensor *y, const dl_tensor *index)
{
    return (s == DL_OK) == (y && index) ? s : UNEXPECTED;
}

#define WITH_INDEX(op, axes, how)                                                                  \
    static dl_status op##axes(world *w)                                                            \
    {                                                                                              \
        dl_tensor *y = NULL, *index = NULL;                                                        \
        const dl_status s = dl_##op##axes##d_index(lines(w, axes), how, &y, &index);               \
        return both(s, y, index);                                                                  \
    }
#define KERNEL DL_KERNEL(2, 1, 1), NULL
#define SIZES DL_SIZES(2, 1, 1)
WITH_INDEX(maxpool, 1, KERNEL)
WITH_INDEX(maxpool, 2, KERNEL)
WITH_INDEX(maxpool, 3, KERNEL)
WITH_INDEX(adaptive_maxpool, 1, SIZES)
WITH_INDEX(adaptive_maxpool, 2, SIZES)
WITH_INDEX(adaptive_maxpool, 3, SIZES)

#define POOLING(X)                                                                                 \
    X(dl_maxpool1d, MAKES, NULL, made(w, dl_maxpool1d(lines(w, 1), KERNEL)))                       \
    X(dl_layer_maxpool1d, MAKES, NULL, owned(w, dl_layer_maxpool1d(w->ctx, KERNEL)))               \
    X(dl_avgpool1d, MAKES, NULL, made(w, dl_avgpool1d(lines(w, 1), KERNEL)))                       \
    X(dl_layer_avgpool1d, MAKES, NULL, owned(w, dl_layer_avgpool1d(w->ctx, KERNEL)))               \
    X(dl_adaptive_maxpool1d, MAKES, NULL, made(w, dl_adaptive_maxpool1d(lines(w, 1), SIZES)))      \
    X(dl_layer_adaptive_maxpool1d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_maxpool1d(w->ctx, SIZES)))                                        \
    X(dl_adaptive_avgpool1d, MAKES, NULL, made(w, dl_adaptive_avgpool1d(lines(w, 1), SIZES)))      \
    X(dl_layer_adaptive_avgpool1d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_avgpool1d(w->ctx, SIZES)))                                        \
    X(dl_maxpool1d_index, MAKES, NULL, maxpool1(w))                                                \
    X(dl_adaptive_maxpool1d_index, MAKES, NULL, adaptive_maxpool1(w))                              \
    X(dl_maxpool2d, MAKES, NULL, made(w, dl_maxpool2d(lines(w, 2), KERNEL)))                       \
    X(dl_layer_maxpool2d, MAKES, NULL, owned(w, dl_layer_maxpool2d(w->ctx, KERNEL)))               \
    X(dl_avgpool2d, MAKES, NULL, made(w, dl_avgpool2d(lines(w, 2), KERNEL)))                       \
    X(dl_layer_avgpool2d, MAKES, NULL, owned(w, dl_layer_avgpool2d(w->ctx, KERNEL)))               \
    X(dl_adaptive_maxpool2d, MAKES, NULL, made(w, dl_adaptive_maxpool2d(lines(w, 2), SIZES)))      \
    X(dl_layer_adaptive_maxpool2d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_maxpool2d(w->ctx, SIZES)))                                        \
    X(dl_adaptive_avgpool2d, MAKES, NULL, made(w, dl_adaptive_avgpool2d(lines(w, 2), SIZES)))      \
    X(dl_layer_adaptive_avgpool2d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_avgpool2d(w->ctx, SIZES)))                                        \
    X(dl_maxpool2d_index, MAKES, NULL, maxpool2(w))                                                \
    X(dl_adaptive_maxpool2d_index, MAKES, NULL, adaptive_maxpool2(w))                              \
    X(dl_maxpool3d, MAKES, NULL, made(w, dl_maxpool3d(lines(w, 3), KERNEL)))                       \
    X(dl_layer_maxpool3d, MAKES, NULL, owned(w, dl_layer_maxpool3d(w->ctx, KERNEL)))               \
    X(dl_avgpool3d, MAKES, NULL, made(w, dl_avgpool3d(lines(w, 3), KERNEL)))                       \
    X(dl_layer_avgpool3d, MAKES, NULL, owned(w, dl_layer_avgpool3d(w->ctx, KERNEL)))               \
    X(dl_adaptive_maxpool3d, MAKES, NULL, made(w, dl_adaptive_maxpool3d(lines(w, 3), SIZES)))      \
    X(dl_layer_adaptive_maxpool3d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_maxpool3d(w->ctx, SIZES)))                                        \
    X(dl_adaptive_avgpool3d, MAKES, NULL, made(w, dl_adaptive_avgpool3d(lines(w, 3), SIZES)))      \
    X(dl_layer_adaptive_avgpool3d, MAKES, NULL,                                                    \
      owned(w, dl_layer_adaptive_avgpool3d(w->ctx, SIZES)))                                        \
    X(dl_maxpool3d_index, MAKES, NULL, maxpool3(w))                                                \
    X(dl_adaptive_maxpool3d_index, MAKES, NULL, adaptive_maxpool3(w))                              \
    X(dl_lppool1d, MAKES, NULL, made(w, dl_lppool1d(lines(w, 1), 2, KERNEL)))                      \
    X(dl_layer_lppool1d, MAKES, NULL, owned(w, dl_layer_lppool1d(w->ctx, 2, KERNEL)))              \
    X(dl_max_unpool1d, MAKES, NULL,                                                                \
      made(w, dl_max_unpool1d(lines(w, 1), places(w, 1), DL_SIZES(5, 1, 1))))                      \
    X(dl_lppool2d, MAKES, NULL, made(w, dl_lppool2d(lines(w, 2), 2, KERNEL)))                      \
    X(dl_layer_lppool2d, MAKES, NULL, owned(w, dl_layer_lppool2d(w->ctx, 2, KERNEL)))              \
    X(dl_max_unpool2d, MAKES, NULL,                                                                \
      made(w, dl_max_unpool2d(lines(w, 2), places(w, 2), DL_SIZES(5, 1, 1))))                      \
    X(dl_lppool3d, MAKES, NULL, made(w, dl_lppool3d(lines(w, 3), 2, KERNEL)))                      \
    X(dl_layer_lppool3d, MAKES, NULL, owned(w, dl_layer_lppool3d(w->ctx, 2, KERNEL)))              \
    X(dl_max_unpool3d, MAKES, NULL,                                                                \
      made(w, dl_max_unpool3d(lines(w, 3), places(w, 3), DL_SIZES(5, 1, 1))))
CALL_TABLE(calls_pool, POOLING)
