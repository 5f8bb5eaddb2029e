/* A call of each function of dl/conv.h and dl/layers.h that convolves. */
#include "dl/conv.h"
#include "dl/layers.h"
#include "support/calls.h"

/* The leaf as 3 examples of one channel. */
static dl_tensor *lines(const world *w, int32_t axes)
{
    return dl_reshape(w->leaf, (const int64_t[]){3, 1, 4, 1, 1}, 2 + axes);
}

/* Two channels, a kernel of 4 places; transposed ones take and give them the other way round. */
static dl_tensor *weight(const world *w, int32_t axes, int transposed)
{
    return dl_reshape(w->weight, (const int64_t[]){2 - transposed, 1 + transposed, 4, 1, 1},
                      2 + axes);
}

/* So that all that copies is called: a stride, padding, and padding that is not zeros. */
static const dl_conv_opts steps = {.stride = {2}, .padding = {3, DL_OFF}};
static const dl_conv_opts circle = {.padding = {1, DL_OFF}, .mode = DL_PAD_CIRCULAR};

#define OF(axes, X)                                                                                \
    X(dl_conv##axes##d, MAKES, NULL,                                                               \
      made(w, dl_conv##axes##d(lines(w, axes), weight(w, axes, 0), w->bias, &circle)))             \
    X(dl_conv_transpose##axes##d, MAKES, NULL,                                                     \
      made(w, dl_conv_transpose##axes##d(lines(w, axes), weight(w, axes, 1), w->bias, &steps)))    \
    X(dl_layer_conv##axes##d, MAKES, NULL,                                                         \
      owned(w, dl_layer_conv##axes##d(w->ctx, 2, 4, DL_KERNEL(3), &steps, NULL)))                  \
    X(dl_layer_conv_transpose##axes##d, MAKES, NULL,                                               \
      owned(w, dl_layer_conv_transpose##axes##d(w->ctx, 2, 4, DL_KERNEL(3), &steps, NULL)))
#define CONVOLUTIONS(X) OF(1, X) OF(2, X) OF(3, X)

CALL_TABLE(calls_conv, CONVOLUTIONS)
