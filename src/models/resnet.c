/* Residual nets for ImageNet, as torchvision builds them. */
#include "models/model.h"

enum { STAGES = 4 };

static const struct {
    int32_t depth, bottleneck, blocks[STAGES];
} configuration[] = {
    {18, 0, {2, 2, 2, 2}},   {34, 0, {3, 4, 6, 3}},   {50, 1, {3, 4, 6, 3}},
    {101, 1, {3, 4, 23, 3}}, {152, 1, {3, 8, 36, 3}},
};
enum { DEPTHS = sizeof configuration / sizeof *configuration };

static int32_t find(dl_ctx *ctx, int32_t depth)
{
    int32_t depths[DEPTHS];
    for (int32_t i = 0; i < DEPTHS; i++)
        depths[i] = configuration[i].depth;
    return dl__model_depth(ctx, "resnet", depth, depths, DEPTHS);
}

static void stem(dl_module *net, const dl_resnet_opts *r)
{
    dl_ctx *ctx = dl_module_ctx(net);
    const int32_t kernel = r->small_input ? 3 : 7, stride = r->small_input ? 1 : 2;
    const dl_pool_opts pool = {.stride = {2}, .padding = {1}};
    dl_module_add(net, "conv1", dl__model_conv(ctx, r->in_channels, r->width, kernel, stride));
    dl_module_add(net, "bn1", dl_layer_batchnorm2d(ctx, r->width, NULL));
    dl_module_add(net, "relu", dl_layer_relu(ctx));
    if (!r->small_input)
        dl_module_add(net, "maxpool", dl_layer_maxpool2d(ctx, DL_KERNEL(3), &pool));
}

dl_module *dl_model_resnet(dl_ctx *ctx, int32_t depth, const dl_resnet_opts *o)
{
    static const dl_resnet_opts standard = {
        .classes = 1000, .in_channels = 3, .width = 64, .shortcut = DL_SHORTCUT_PROJECT};
    dl_resnet_opts r;
    const int32_t at = dl__ok(ctx) ? find(ctx, depth) : -1;
    if (at < 0 || dl__resnet_opts(ctx, "resnet", o, &standard, &r) != DL_OK)
        return NULL;
    int64_t channels = r.width;
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    stem(net, &r);
    for (int32_t i = 0; i < STAGES; i++) {
        const dl__stage s = {r.width << i, configuration[at].blocks[i], i ? 2 : 1,
                             configuration[at].bottleneck};
        dl__resnet_stage(net, i + 1, &s, &r, &channels);
    }
    dl__resnet_head(net, channels, r.classes);
    return dl__model_end(ctx, net);
}
