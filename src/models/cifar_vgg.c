/* VGG for small pictures. */
#include "models/model.h"

enum { STAGES = 5 };

/* Convolutions of each stage. */
static const struct {
    int32_t depth, convs[STAGES];
} configuration[] = {
    {7, {2, 2, 2}},        /* ours, for a laptop */
    {11, {1, 1, 2, 2, 2}}, /* A                  */
    {13, {2, 2, 2, 2, 2}}, /* B                  */
    {16, {2, 2, 3, 3, 3}}, /* D                  */
    {19, {2, 2, 4, 4, 4}}, /* E                  */
};
enum { DEPTHS = sizeof configuration / sizeof *configuration };

static const int32_t *stages_of(dl_ctx *ctx, int32_t depth)
{
    int32_t depths[DEPTHS];
    for (int32_t i = 0; i < DEPTHS; i++)
        depths[i] = configuration[i].depth;
    const int32_t at = dl__model_depth(ctx, "cifar_vgg", depth, depths, DEPTHS);
    return at < 0 ? NULL : configuration[at].convs;
}

static dl_status settle(dl_ctx *ctx, const char *who, dl_vgg_opts *r)
{
    if (dl__model_count(ctx, who, "classes", 10, &r->classes) != DL_OK ||
        dl__model_count(ctx, who, "in_channels", 3, &r->in_channels) != DL_OK ||
        dl__model_count(ctx, who, "width", 64, &r->width) != DL_OK ||
        dl__model_flag(ctx, who, "no_norm", r->no_norm) != DL_OK)
        return ctx->status;
    if (r->width > INT64_MAX / 8)
        return dl_fail(ctx, DL_ELIMIT, "%s: width %lld is too large", who, (long long)r->width);
    return DL__RESERVED(ctx, who, r);
}

dl_module *dl_model_cifar_vgg(dl_ctx *ctx, int32_t depth, const dl_vgg_opts *o)
{
    dl_vgg_opts r = {0};
    const int32_t *convs = dl__ok(ctx) ? stages_of(ctx, depth) : NULL;
    if (!convs)
        return NULL;
    if (o)
        r = *o;
    if (settle(ctx, "cifar_vgg", &r) != DL_OK)
        return NULL;
    int64_t in = r.in_channels, out = r.width;
    dl_module *features = dl_layer_sequential(ctx, NULL, 0);
    for (int32_t stage = 0; stage < STAGES && convs[stage]; stage++) {
        out = stage < 3 ? r.width << stage : r.width * 8;
        for (int32_t i = 0; i < convs[stage]; i++, in = out)
            dl__model_conv_norm_relu(features, in, out, r.no_norm);
        dl__model_next(features, dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL));
    }
    dl_module *net = dl_layer_sequential(ctx, NULL, 0), *head = dl_layer_sequential(ctx, NULL, 0);
    dl_module_add(net, "features", features);
    dl_module_add(net, "avgpool", dl_layer_global_avgpool(ctx));
    dl_module_add(net, "flatten", dl_layer_flatten(ctx));
    dl__model_dropout(head, r.dropout, 0.5);
    dl__model_next(
        head, dl_layer_dense(ctx, out, r.classes, &(dl_layer_opts){.init = DL_INIT_GLOROT_NORMAL}));
    dl_module_add(net, "classifier", head);
    return dl__model_end(ctx, net);
}
