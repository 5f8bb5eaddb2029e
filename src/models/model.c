/* What builders of nets share. */
#include "models/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dl_status dl__model_count(dl_ctx *ctx, const char *who, const char *name, int64_t standard,
                          int64_t *value)
{
    if (*value < 0)
        return dl_fail(ctx, DL_EINVAL, "%s: %s is %lld, wanted at least 1", who, name,
                       (long long)*value);
    if (*value == 0)
        *value = standard;
    return DL_OK;
}

dl_status dl__model_flag(dl_ctx *ctx, const char *who, const char *name, int32_t value)
{
    if (value == 0 || value == 1)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: %s is %d, wanted 0 or 1", who, name, (int)value);
}

int32_t dl__model_depth(dl_ctx *ctx, const char *who, int32_t depth, const int32_t *depths,
                        int32_t n)
{
    char list[64] = "";
    int32_t nearest = 0;
    for (int32_t i = 0; i < n; i++) {
        if (depths[i] == depth)
            return i;
        const int64_t far = llabs((int64_t)depth - depths[i]);
        if (far < llabs((int64_t)depth - depths[nearest]))
            nearest = i;
        const size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%d", at ? ", " : "", (int)depths[i]);
    }
    return dl_fail(ctx, DL_EINVAL, "%s: depth is %d, wanted one of %s; the nearest is %d", who,
                   (int)depth, list, (int)depths[nearest]);
}

void dl__model_next(dl_module *net, dl_module *part)
{
    char name[16];
    snprintf(name, sizeof name, "%d", net ? (int)dl_module_child_count(net) : 0);
    dl_module_add(net, name, part);
}

static dl_module *conv(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel, int32_t stride,
                       int32_t no_bias)
{
    const dl_conv_opts c = {.stride = {stride}, .padding = {kernel / 2}};
    const dl_layer_opts o = {.no_bias = no_bias, .init = DL_INIT_HE_NORMAL_OUT};
    return dl_layer_conv2d(ctx, in, out, DL_KERNEL(kernel), &c, &o);
}

dl_module *dl__model_conv(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel, int32_t stride)
{
    return conv(ctx, in, out, kernel, stride, 1);
}

void dl__model_conv_norm_relu(dl_module *net, int64_t in, int64_t out, int32_t no_norm)
{
    dl_ctx *ctx = dl_module_ctx(net);
    dl__model_next(net, conv(ctx, in, out, 3, 1, !no_norm));
    if (!no_norm)
        dl__model_next(net, dl_layer_batchnorm2d(ctx, out, NULL));
    dl__model_next(net, dl_layer_relu(ctx));
}

void dl__model_dropout(dl_module *net, double p, double standard)
{
    if (p != DL_OFF)
        dl__model_next(net, dl_layer_dropout(dl_module_ctx(net), p == 0 ? standard : p, NULL));
}

dl_module *dl__model_end(dl_ctx *ctx, dl_module *net)
{
    if (dl__ok(ctx))
        return net;
    dl_module_drop(net);
    return NULL;
}
