/* A small convolutional net. */
#include "core/check.h"
#include "models/model.h"

enum { HIDDEN = 128 };

static dl_status settle(dl_ctx *ctx, const char *who, dl_cnn_opts *r)
{
    if (dl__model_count(ctx, who, "classes", 10, &r->classes) != DL_OK ||
        dl__model_count(ctx, who, "in_channels", 1, &r->in_channels) != DL_OK ||
        dl__model_count(ctx, who, "size", r->in_channels == 1 ? 28 : 32, &r->size) != DL_OK ||
        dl__model_count(ctx, who, "width", 32, &r->width) != DL_OK)
        return ctx->status;
    if (r->size % 4)
        return dl_fail(ctx, DL_EINVAL, "%s: size is %lld, wanted a multiple of 4", who,
                       (long long)r->size);
    return DL__RESERVED(ctx, who, r);
}

static dl_module *features(dl_ctx *ctx, const dl_cnn_opts *r)
{
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    int64_t in = r->in_channels;
    for (int32_t stage = 1; stage <= 2; stage++) {
        for (int32_t i = 0; i < 2; i++, in = stage * r->width)
            dl__model_conv_norm_relu(net, in, stage * r->width, 0);
        dl__model_next(net, dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL));
    }
    return net;
}

dl_module *dl_model_cnn(dl_ctx *ctx, const dl_cnn_opts *o)
{
    static const char who[] = "cnn";
    dl_cnn_opts r = {0};
    int64_t side, maps, flat;
    if (!dl__ok(ctx))
        return NULL;
    if (o)
        r = *o;
    if (settle(ctx, who, &r) != DL_OK)
        return NULL;
    side = r.size / 4;
    if (!dl__mul_i64(side, side, &side) || !dl__mul_i64(r.width, 2, &maps) ||
        !dl__mul_i64(side, maps, &flat)) {
        dl_fail(ctx, DL_ELIMIT, "%s: size %lld and width %lld are too large", who,
                (long long)r.size, (long long)r.width);
        return NULL;
    }
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    dl_module_add(net, "features", features(ctx, &r));
    dl_module_add(net, "flatten", dl_layer_flatten(ctx));
    dl_module *head = dl_layer_sequential(ctx, NULL, 0);
    dl__model_dropout(head, r.dropout, 0.5);
    dl__model_next(head, dl_layer_dense(ctx, flat, HIDDEN, NULL));
    dl__model_next(head, dl_layer_relu(ctx));
    dl__model_dropout(head, r.dropout, 0.5);
    dl__model_next(head, dl_layer_dense(ctx, HIDDEN, r.classes,
                                        &(dl_layer_opts){.init = DL_INIT_GLOROT_NORMAL}));
    dl_module_add(net, "classifier", head);
    return dl__model_end(ctx, net);
}
