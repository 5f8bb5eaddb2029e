/* LeNet-5. */
#include "models/model.h"

static dl_module *pool(dl_ctx *ctx, int32_t relu)
{
    return relu ? dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL)
                : dl_layer_avgpool2d(ctx, DL_KERNEL(2), NULL);
}

static void add(dl_module *net, const char *name, dl_module *part, const char *after, int32_t relu)
{
    dl_ctx *ctx = dl_module_ctx(net);
    dl_module_add(net, name, part);
    dl_module_add(net, after, relu ? dl_layer_relu(ctx) : dl_layer_tanh(ctx));
}

dl_module *dl_model_lenet5(dl_ctx *ctx, const dl_lenet_opts *o)
{
    static const char who[] = "lenet5";
    dl_lenet_opts r = {0};
    if (!dl__ok(ctx))
        return NULL;
    if (o)
        r = *o;
    if (dl__model_count(ctx, who, "classes", 10, &r.classes) != DL_OK ||
        dl__model_count(ctx, who, "in_channels", 1, &r.in_channels) != DL_OK ||
        dl__model_flag(ctx, who, "relu", r.relu) != DL_OK || DL__RESERVED(ctx, who, &r) != DL_OK)
        return NULL;
    const dl_layer_opts init = {.init = r.relu ? DL_INIT_HE_NORMAL : DL_INIT_GLOROT_NORMAL};
    const dl_layer_opts last = {.init = DL_INIT_GLOROT_NORMAL};
    const dl_conv_opts same = {.padding = {2}};
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    add(net, "conv1", dl_layer_conv2d(ctx, r.in_channels, 6, DL_KERNEL(5), &same, &init), "act1",
        r.relu);
    dl_module_add(net, "pool1", pool(ctx, r.relu));
    add(net, "conv2", dl_layer_conv2d(ctx, 6, 16, DL_KERNEL(5), NULL, &init), "act2", r.relu);
    dl_module_add(net, "pool2", pool(ctx, r.relu));
    dl_module_add(net, "flatten", dl_layer_flatten(ctx));
    add(net, "fc1", dl_layer_dense(ctx, 16 * 5 * 5, 120, &init), "act3", r.relu);
    add(net, "fc2", dl_layer_dense(ctx, 120, 84, &init), "act4", r.relu);
    dl_module_add(net, "fc3", dl_layer_dense(ctx, 84, r.classes, &last));
    return dl__model_end(ctx, net);
}
