#include "support/tiny_pictures.h"
#include "dl/augment.h"
#include "dl/conv.h"
#include "dl/layers.h"
#include "support/support.h"

enum { CHANNELS = 3, SIDE = 8, CLASSES = 4 };

/* Noise, and in each picture one quarter that is brighter: its class. */
static dl_dataset *quarters(dl_ctx *ctx, int64_t n, uint64_t seed)
{
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, seed, DL_SHAPE(n, CHANNELS, SIDE, SIDE));
    dl_tensor *y = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(n)));
    float *px = dl_tensor_edit(x);
    int64_t *py = dl_tensor_edit(y);
    for (int64_t i = 0; i < n; i++) {
        py[i] = i % CLASSES;
        for (int64_t k = 0; k < CHANNELS * SIDE * SIDE; k++)
            if (k / (SIDE / 2) % 2 == py[i] % 2 && k / SIDE % SIDE / (SIDE / 2) == py[i] / 2)
                px[i * CHANNELS * SIDE * SIDE + k] += 1;
    }
    dl_dataset *d = dl_dataset_tensors((dl_tensor *[]){x, y}, 2);
    dl_scope_end(ctx, mark);
    return d;
}

void tiny_make(tiny *t, dl_ctx *ctx, int64_t steps)
{
    const dl_layer_opts plain = {.no_bias = 1};
    const dl_conv_opts same = {.same = 1};
    dl_dataset *still = quarters(ctx, TINY_EXAMPLES, 1);
    dl_dataset *moved = dl_dataset_pad_crop(still, &(dl_pad_crop_opts){.pad = 1});
    t->train = dl_dataset_flip(moved, &(dl_flip_opts){.p = 0.2});
    t->valid = quarters(ctx, TINY_EXAMPLES / 2, 2);
    t->net = dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_conv2d(ctx, CHANNELS, 4, DL_KERNEL(3, 3), &same, &plain),
                  dl_layer_batchnorm2d(ctx, 4, NULL), dl_layer_relu(ctx),
                  dl_layer_maxpool2d(ctx, DL_KERNEL(2, 2), NULL), dl_layer_dropout(ctx, 0.1, NULL),
                  dl_layer_conv2d(ctx, 4, 6, DL_KERNEL(3, 3), &same, &plain),
                  dl_layer_batchnorm2d(ctx, 6, NULL), dl_layer_relu(ctx),
                  dl_layer_maxpool2d(ctx, DL_KERNEL(2, 2), NULL), dl_layer_flatten(ctx),
                  dl_layer_dense(ctx, 24, CLASSES, NULL)));
    t->optim = dl_optim_sgd(
        t->net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9, .nesterov = 1, .weight_decay = 1e-4});
    dl_optim_set_sched(t->optim, dl_sched_onecycle(ctx, steps,
                                                   &(dl_onecycle_opts){.momentum_low = 0.85,
                                                                       .momentum_high = 0.95}));
    expect_ok(ctx);
}

void tiny_end(tiny *t)
{
    dl_optim_drop(t->optim);
    dl_module_drop(t->net);
    dl_dataset_drop(t->train);
    dl_dataset_drop(t->valid);
}
