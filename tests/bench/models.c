/* The nets of the workloads. */
#include "bench.h"

static dl_module *conv(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel, int32_t stride,
                       int32_t padding)
{
    const dl_conv_opts o = {.stride = {stride}, .padding = {padding}};
    return dl_layer_conv2d(ctx, in, out, DL_KERNEL(kernel), &o, NULL);
}

static dl_module *maxpool(dl_ctx *ctx, int32_t kernel)
{
    return dl_layer_maxpool2d(ctx, DL_KERNEL(kernel), &(dl_pool_opts){.stride = {2}});
}

static dl_module *dense(dl_ctx *ctx, int64_t in, int64_t out)
{
    return dl_layer_dense(ctx, in, out, NULL);
}

dl_module *bench_mlp(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_flatten(ctx), dense(ctx, 784, 512),
                                              dl_layer_relu(ctx), dense(ctx, 512, 512),
                                              dl_layer_relu(ctx), dense(ctx, 512, 10)));
}

/* With sigmoids and average pooling, which dl_model_lenet5 has not. */
dl_module *bench_lenet(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(conv(ctx, 1, 6, 5, 1, 2), dl_layer_sigmoid(ctx),
                       dl_layer_avgpool2d(ctx, DL_KERNEL(2), NULL), conv(ctx, 6, 16, 5, 1, 0),
                       dl_layer_sigmoid(ctx), dl_layer_avgpool2d(ctx, DL_KERNEL(2), NULL),
                       dl_layer_flatten(ctx), dense(ctx, 400, 120), dl_layer_sigmoid(ctx),
                       dense(ctx, 120, 84), dl_layer_sigmoid(ctx), dense(ctx, 84, 10)));
}

/* The first net of many tutorials on MNIST; dl_model_cnn is deeper, and has batch norm. */
dl_module *bench_cnn(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(conv(ctx, 1, 32, 3, 1, 0), dl_layer_relu(ctx), conv(ctx, 32, 64, 3, 1, 0),
                       dl_layer_relu(ctx), maxpool(ctx, 2), dl_layer_flatten(ctx),
                       dense(ctx, 64 * 12 * 12, 128), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.5, NULL), dense(ctx, 128, 10)));
}

dl_module *bench_resnet20(dl_ctx *ctx)
{
    return dl_model_cifar_resnet(ctx, 20, &(dl_resnet_opts){.shortcut = DL_SHORTCUT_PROJECT});
}

dl_module *bench_resnet18(dl_ctx *ctx)
{
    return dl_model_resnet(ctx, 18, NULL);
}

dl_module *bench_resnet50(dl_ctx *ctx)
{
    return dl_model_resnet(ctx, 50, NULL);
}

/* The one-column net of Krizhevsky, arXiv 1404.5997. */
dl_module *bench_alexnet(dl_ctx *ctx)
{
    dl_module *features = dl_layer_sequential(
        ctx, DL_LAYERS(conv(ctx, 3, 64, 11, 4, 2), dl_layer_relu(ctx), maxpool(ctx, 3),
                       conv(ctx, 64, 192, 5, 1, 2), dl_layer_relu(ctx), maxpool(ctx, 3),
                       conv(ctx, 192, 384, 3, 1, 1), dl_layer_relu(ctx),
                       conv(ctx, 384, 256, 3, 1, 1), dl_layer_relu(ctx),
                       conv(ctx, 256, 256, 3, 1, 1), dl_layer_relu(ctx), maxpool(ctx, 3)));
    return dl_layer_sequential(
        ctx, DL_LAYERS(features, dl_layer_flatten(ctx), dl_layer_dropout(ctx, 0.5, NULL),
                       dense(ctx, 9216, 4096), dl_layer_relu(ctx), dl_layer_dropout(ctx, 0.5, NULL),
                       dense(ctx, 4096, 4096), dl_layer_relu(ctx), dense(ctx, 4096, 1000)));
}

/* Configuration D of the paper, for 224x224; dl_model_cifar_vgg is for 32x32. */
dl_module *bench_vgg16(dl_ctx *ctx)
{
    static const int64_t widths[] = {64, 128, 256, 512, 512}, depths[] = {2, 2, 3, 3, 3};
    dl_module *layers[31];
    int32_t n = 0;
    int64_t in = 3;
    for (int stage = 0; stage < 5; stage++) {
        for (int i = 0; i < depths[stage]; i++, in = widths[stage]) {
            layers[n++] = conv(ctx, in, widths[stage], 3, 1, 1);
            layers[n++] = dl_layer_relu(ctx);
        }
        layers[n++] = maxpool(ctx, 2);
    }
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_sequential(ctx, layers, n), dl_layer_flatten(ctx),
                       dense(ctx, 25088, 4096), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.5, NULL), dense(ctx, 4096, 4096), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.5, NULL), dense(ctx, 4096, 1000)));
}

/* A bag of parts: bench_vae_loss says how they work together. */
dl_module *bench_vae(dl_ctx *ctx)
{
    dl_module *decoder = dl_layer_sequential(
        ctx, DL_LAYERS(dense(ctx, 20, 400), dl_layer_relu(ctx), dense(ctx, 400, 784)));
    return dl_layer_named(
        ctx, (const char *[]){"encoder", "mean", "log_var", "decoder"},
        DL_LAYERS(dense(ctx, 784, 400), dense(ctx, 400, 20), dense(ctx, 400, 20), decoder));
}

dl_tensor *bench_vae_loss(dl_module *vae, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(vae);
    const dl_loss_opts sum = {.reduction = DL_REDUCE_SUM};
    x = dl_flatten(x, 1, -1);
    dl_tensor *h = dl_relu(dl_module_forward(dl_module_child(vae, 0), x));
    dl_tensor *mean = dl_module_forward(dl_module_child(vae, 1), h);
    dl_tensor *log_var = dl_module_forward(dl_module_child(vae, 2), h);
    dl_tensor *noise = dl_tensor_give(
        dl_tensor_randn(ctx, DL_F32, DL_SHAPE(dl_tensor_dim(mean, 0), dl_tensor_dim(mean, 1))));
    dl_tensor *z = dl_add(mean, dl_mul(noise, dl_exp(dl_scale(log_var, 0.5))));
    dl_tensor *logits = dl_module_forward(dl_module_child(vae, 3), z);
    dl_tensor *gain =
        dl_sub(dl_sub(dl_add_scalar(log_var, 1), dl_mul(mean, mean)), dl_exp(log_var));
    return dl_add(dl_bce_with_logits(logits, x, &sum), dl_scale(dl_sum(gain, NULL, 0, 0), -0.5));
}
