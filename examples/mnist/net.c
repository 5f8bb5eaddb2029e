/* The net: two hidden layers with dropout. */
#include "mnist.h"

dl_module *mnist_net(dl_ctx *ctx, const mnist_settings *s, int64_t pixels)
{
    int64_t h = s->hidden;
    double p = s->overfit ? 0 : s->dropout;
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, pixels, h, NULL),
                       dl_layer_relu(ctx), dl_layer_dropout(ctx, p, NULL),
                       dl_layer_dense(ctx, h, h, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, p, NULL), dl_layer_dense(ctx, h, CLASSES, NULL)));
}
