/* What residual nets are made of. */
#include "models/model.h"
#include <stdio.h>

dl_status dl__resnet_opts(dl_ctx *ctx, const char *who, const dl_resnet_opts *o,
                          const dl_resnet_opts *standard, dl_resnet_opts *r)
{
    *r = (dl_resnet_opts){0};
    if (o)
        *r = *o;
    if (dl__model_count(ctx, who, "classes", standard->classes, &r->classes) != DL_OK ||
        dl__model_count(ctx, who, "in_channels", standard->in_channels, &r->in_channels) != DL_OK ||
        dl__model_count(ctx, who, "width", standard->width, &r->width) != DL_OK ||
        dl__model_flag(ctx, who, "small_input", r->small_input) != DL_OK)
        return ctx->status;
    if (r->width > INT64_MAX / 32) /* the last stage: 8 times, and 4 times that */
        return dl_fail(ctx, DL_ELIMIT, "%s: width %lld is too large", who, (long long)r->width);
    if (!r->shortcut)
        r->shortcut = standard->shortcut;
    return DL__RESERVED(ctx, who, r);
}

void dl__resnet_stage(dl_module *net, int32_t i, const dl__stage *s, const dl_resnet_opts *o,
                      int64_t *channels)
{
    dl_ctx *ctx = dl_module_ctx(net);
    dl_module *stage = dl_layer_sequential(ctx, NULL, 0);
    char name[16];
    for (int32_t j = 0; j < s->blocks; j++) {
        const dl_block_opts b = {
            .stride = j == 0 ? s->stride : 1,
            .shortcut = o->shortcut,
            .zero_gamma = o->zero_gamma,
            .groups = o->groups,
            .width_per_group = o->width_per_group,
            .stride_first = o->stride_first,
        };
        dl__model_next(stage, s->bottleneck ? dl_layer_bottleneck(ctx, *channels, s->planes, &b)
                                            : dl_layer_basic_block(ctx, *channels, s->planes, &b));
        *channels = s->bottleneck ? 4 * s->planes : s->planes;
    }
    snprintf(name, sizeof name, "layer%d", (int)i);
    dl_module_add(net, name, stage);
}

void dl__resnet_head(dl_module *net, int64_t channels, int64_t classes)
{
    dl_ctx *ctx = dl_module_ctx(net);
    dl_module_add(net, "avgpool", dl_layer_global_avgpool(ctx));
    dl_module_add(net, "flatten", dl_layer_flatten(ctx));
    dl_module_add(
        net, "fc",
        dl_layer_dense(ctx, channels, classes, &(dl_layer_opts){.init = DL_INIT_PYTORCH}));
}
