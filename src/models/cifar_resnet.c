/* Residual and plain nets for CIFAR. */
#include "models/model.h"

enum { DEEPEST = 1202 };

dl_module *dl_model_cifar_resnet(dl_ctx *ctx, int32_t depth, const dl_resnet_opts *o)
{
    static const char who[] = "cifar_resnet";
    static const dl_resnet_opts standard = {
        .classes = 10, .in_channels = 3, .width = 16, .shortcut = DL_SHORTCUT_PAD};
    dl_resnet_opts r;
    if (!dl__ok(ctx))
        return NULL;
    if (depth < 8 || depth > DEEPEST || depth % 6 != 2) {
        const int32_t near = depth < 8 ? 8 : depth > DEEPEST ? DEEPEST : (depth + 1) / 6 * 6 + 2;
        dl_fail(ctx, DL_EINVAL, "%s: depth is %d, wanted 6n + 2 from 8 to %d; the nearest is %d",
                who, (int)depth, DEEPEST, (int)near);
        return NULL;
    }
    if (dl__resnet_opts(ctx, who, o, &standard, &r) != DL_OK)
        return NULL;
    if (r.small_input) {
        dl_fail(ctx, DL_EINVAL, "%s: small_input is set, its pictures are small already", who);
        return NULL;
    }
    int64_t channels = r.width;
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    dl_module_add(net, "conv1", dl__model_conv(ctx, r.in_channels, channels, 3, 1));
    dl_module_add(net, "bn1", dl_layer_batchnorm2d(ctx, channels, NULL));
    dl_module_add(net, "relu", dl_layer_relu(ctx));
    for (int32_t i = 0; i < 3; i++) {
        const dl__stage s = {r.width << i, (depth - 2) / 6, i ? 2 : 1, 0};
        dl__resnet_stage(net, i + 1, &s, &r, &channels);
    }
    dl__resnet_head(net, channels, r.classes);
    return dl__model_end(ctx, net);
}
