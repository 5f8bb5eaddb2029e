/* Every optimizer makes the loss of small nets fall, with every layer there is. */
#include <math.h>
#include <string.h>
#include "dl/layers.h"
#include "dl/losses.h"
#include "dl/ops.h"
#include "module/module.h"
#include "support/optim_run.h"

enum { ROWS = 24, STEPS = 20 };

#define MAKE(name, how)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return how;                                                                                \
    }
MAKE(sgd, dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05}))
MAKE(momentum, dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.02, .momentum = 0.9}))
MAKE(caffe, dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.02, .momentum = 0.9, .lr_in_velocity = 1}))
MAKE(adam, dl_optim_adam(m, &(dl_adam_opts){.lr = 0.02}))
MAKE(adamw, dl_optim_adamw(m, &(dl_adam_opts){.lr = 0.02}))
MAKE(adagrad, dl_optim_adagrad(m, &(dl_adagrad_opts){.lr = 0.05}))
MAKE(rmsprop, dl_optim_rmsprop(m, &(dl_rmsprop_opts){.lr = 0.005}))
MAKE(adadelta, dl_optim_adadelta(m, &(dl_adadelta_opts){.lr = 10}))
MAKE(nadam, dl_optim_nadam(m, &(dl_nadam_opts){.lr = 0.02}))
MAKE(lion, dl_optim_lion(m, &(dl_lion_opts){.lr = 0.005}))
MAKE(lbfgs, dl_optim_lbfgs(m, &(dl_lbfgs_opts){.max_iter = 3, .line_search = DL_SEARCH_WOLFE}))

static const struct {
    const char *name;
    optim_make make;
} rules[] = {{"sgd", sgd},     {"momentum", momentum}, {"caffe", caffe},     {"adam", adam},
             {"adamw", adamw}, {"adagrad", adagrad},   {"rmsprop", rmsprop}, {"adadelta", adadelta},
             {"nadam", nadam}, {"lion", lion},         {"lbfgs", lbfgs}};

static dl_module *one_layer(dl_ctx *ctx)
{
    return dl_layer_dense(ctx, 6, 2, NULL);
}

static dl_module *with_relu(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 6, 16, NULL), dl_layer_relu(ctx),
                                              dl_layer_dense(ctx, 16, 2, NULL)));
}

static dl_module *with_residual(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_residual(ctx, dl_layer_dense(ctx, 6, 6, NULL), NULL),
                       dl_layer_tanh(ctx), dl_layer_dense(ctx, 6, 2, NULL)));
}

/* A layer of every class, after and before a dense one: [N, 6] -> [N, 2]. */
#define AROUND(name, in, out, ...)                                                                 \
    static dl_module *name(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 6, in, NULL), __VA_ARGS__,   \
                                                  dl_layer_dense(ctx, out, 2, NULL)));             \
    }
#define AFTER(name, ...) AROUND(with_##name, 12, 12, dl_layer_##name(__VA_ARGS__))
AFTER(relu6, ctx)
AFTER(leaky_relu, ctx, 0.01)
AFTER(elu, ctx, 1)
AFTER(celu, ctx, 1)
AFTER(selu, ctx)
AFTER(gelu, ctx, 0)
AFTER(silu, ctx)
AFTER(mish, ctx)
AFTER(sigmoid, ctx)
AFTER(logsigmoid, ctx)
AFTER(hardsigmoid, ctx)
AFTER(hardswish, ctx)
AFTER(hardtanh, ctx, -1, 1)
AFTER(softplus, ctx, 1, 20)
AFTER(softsign, ctx)
AFTER(prelu, ctx, 12)
AFTER(softmax, ctx, -1)
AFTER(batchnorm1d, ctx, 12, NULL)
AFTER(layernorm, ctx, DL_SHAPE(12), NULL)
AFTER(rmsnorm, ctx, DL_SHAPE(12), NULL)
AFTER(groupnorm, ctx, 3, 12, NULL)
AFTER(local_response_norm, ctx, 3, 0.5, 0.75, 1)
AFTER(identity, ctx)
AFTER(flatten, ctx)
/* Of twelve, all near -2.5, sgd would step too far. */
AROUND(with_log_softmax, 4, 4, dl_layer_log_softmax(ctx, -1))
AROUND(with_glu, 12, 6, dl_layer_glu(ctx, -1))
AROUND(with_parallel, 5, 10,
       dl_layer_parallel(
           ctx, DL_LAYERS(dl_layer_dense(ctx, 5, 7, NULL), dl_layer_dense(ctx, 5, 3, NULL)), 1))
AROUND(with_recompute, 12, 12, dl_layer_recompute(ctx, dl_layer_tanh(ctx)))
AROUND(with_normalize, 12, 12,
       dl_layer_normalize(ctx, (const double[]){0.1}, (const double[]){0.5}, 1))

/* Rows as pictures [N, 6, 2, 2], or volumes [N, 3, 2, 2, 2], and as rows again. */
static dl_tensor *picture(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_reshape(in[0], DL_SHAPE(dl_tensor_dim(in[0], 0), 6, 2, 2));
}
static dl_tensor *volume(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_reshape(in[0], DL_SHAPE(dl_tensor_dim(in[0], 0), 3, 2, 2, 2));
}
static dl_tensor *lines(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_reshape(in[0], DL_SHAPE(dl_tensor_dim(in[0], 0), 6, 4));
}
#define WITHIN(shape, name, ...)                                                                   \
    AROUND(with_##name, 24, 24, dl_layer_lambda(ctx, #shape, shape, NULL, NULL),                   \
           dl_layer_##name(__VA_ARGS__), dl_layer_flatten(ctx))
WITHIN(picture, batchnorm2d, ctx, 6, NULL)
WITHIN(volume, batchnorm3d, ctx, 3, NULL)
WITHIN(lines, instancenorm1d, ctx, 6, NULL)
WITHIN(picture, instancenorm2d, ctx, 6, NULL)
WITHIN(volume, instancenorm3d, ctx, 3, NULL)
#define PADDED DL_KERNEL(3), &(dl_conv_opts){.padding = {1}}, NULL
WITHIN(lines, conv1d, ctx, 6, 6, PADDED)
WITHIN(picture, conv2d, ctx, 6, 6, PADDED)
WITHIN(volume, conv3d, ctx, 3, 3, PADDED)
WITHIN(lines, conv_transpose1d, ctx, 6, 6, PADDED)
WITHIN(picture, conv_transpose2d, ctx, 6, 6, PADDED)
WITHIN(volume, conv_transpose3d, ctx, 3, 3, PADDED)
WITHIN(lines, local1d, ctx, 6, 6, DL_SIZES(4), PADDED)
WITHIN(picture, local2d, ctx, 6, 6, DL_SIZES(2), PADDED)
AROUND(with_unfold, 24, 36, dl_layer_lambda(ctx, "lines", lines, NULL, NULL),
       dl_layer_unfold(ctx, DL_KERNEL(2), NULL), dl_layer_flatten(ctx))
AROUND(with_fold, 24, 15, dl_layer_lambda(ctx, "lines", lines, NULL, NULL),
       dl_layer_fold(ctx, DL_SHAPE(5), DL_KERNEL(2), NULL), dl_layer_flatten(ctx))
AROUND(with_upsample, 24, 54, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_upsample(ctx, &(dl_upsample_opts){.sizes = {3}, .mode = DL_UPSAMPLE_LINEAR}),
       dl_layer_flatten(ctx))
AROUND(with_pixel_shuffle, 24, 24, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_pixel_unshuffle(ctx, 2), dl_layer_pixel_shuffle(ctx, 2), dl_layer_flatten(ctx))
WITHIN(picture, basic_block, ctx, 6, 6, NULL)
AROUND(with_bottleneck, 24, 32, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_bottleneck(ctx, 6, 2, NULL), dl_layer_flatten(ctx))
AROUND(with_shortcut_pad, 24, 32, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_shortcut_pad(ctx, 6, 8, 1), dl_layer_flatten(ctx))

/* Windows of two places along each axis; out places are left, of all channels. */
#define POOLED(name, shape, axes, out, ...)                                                        \
    AROUND(with_##name##axes##d, 24, out, dl_layer_lambda(ctx, #shape, shape, NULL, NULL),         \
           dl_layer_##name##axes##d(ctx, __VA_ARGS__), dl_layer_flatten(ctx))
#define POOLED_ALL(shape, axes, out)                                                               \
    POOLED(maxpool, shape, axes, out, DL_KERNEL(2), NULL)                                          \
    POOLED(avgpool, shape, axes, out, DL_KERNEL(2), NULL)                                          \
    POOLED(lppool, shape, axes, out, 2, DL_KERNEL(2), NULL)                                        \
    POOLED(adaptive_maxpool, shape, axes, out, DL_SIZES(axes == 1 ? 2 : 1))                        \
    POOLED(adaptive_avgpool, shape, axes, out, DL_SIZES(axes == 1 ? 2 : 1))
POOLED_ALL(lines, 1, 12)
POOLED_ALL(picture, 2, 6)
POOLED_ALL(volume, 3, 3)
AROUND(with_global_avgpool, 24, 6, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_global_avgpool(ctx), dl_layer_flatten(ctx))
AROUND(with_global_maxpool, 24, 6, dl_layer_lambda(ctx, "picture", picture, NULL, NULL),
       dl_layer_global_maxpool(ctx), dl_layer_flatten(ctx))

/* Little of it, and a wide layer, so that the loss falls by more than the masks make it jump. */
AROUND(with_dropout, 64, 64, dl_layer_dropout(ctx, 0.05, NULL))
/* Channels of one element. */
#define CHANNELS(layer, ndim)                                                                      \
    static dl_tensor *layer##_input(dl_tensor *const *in, int32_t n, void *user)                   \
    {                                                                                              \
        (void)n, (void)user;                                                                       \
        return dl_reshape(in[0], (const int64_t[]){dl_tensor_dim(in[0], 0), -1, 1, 1, 1}, ndim);   \
    }                                                                                              \
    AROUND(with_##layer, 64, 64, dl_layer_lambda(ctx, "input", layer##_input, NULL, NULL),         \
           dl_layer_##layer(ctx, 0.05, NULL), dl_layer_flatten(ctx))
CHANNELS(dropout1d, 3)
CHANNELS(dropout2d, 4)
CHANNELS(dropout3d, 5)

static dl_tensor *squares(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_tanh(dl_mul(in[0], in[0]));
}
AROUND(with_lambda, 12, 12, dl_layer_lambda(ctx, "squares", squares, NULL, NULL))

/* The signs of x are words: an embedding of each, joined. */
static dl_tensor *signs(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_cast(dl_gt(in[0], dl_scale(in[0], 0)), DL_I64);
}

static dl_module *with_embedding(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx,
                               DL_LAYERS(dl_layer_lambda(ctx, "signs", signs, NULL, NULL),
                                         dl_layer_embedding(ctx, 2, 4, NULL), dl_layer_flatten(ctx),
                                         dl_layer_dense(ctx, 24, 2, NULL)));
}

static dl_module *(*const nets[])(dl_ctx *ctx) = {
    one_layer,
    with_relu,
    with_residual,
    with_relu6,
    with_leaky_relu,
    with_elu,
    with_celu,
    with_selu,
    with_gelu,
    with_silu,
    with_mish,
    with_sigmoid,
    with_logsigmoid,
    with_hardsigmoid,
    with_hardswish,
    with_hardtanh,
    with_softplus,
    with_softsign,
    with_prelu,
    with_softmax,
    with_log_softmax,
    with_batchnorm1d,
    with_layernorm,
    with_identity,
    with_flatten,
    with_glu,
    with_parallel,
    with_recompute,
    with_normalize,
    with_dropout,
    with_lambda,
    with_embedding,
    with_batchnorm2d,
    with_batchnorm3d,
    with_basic_block,
    with_bottleneck,
    with_shortcut_pad,
    with_conv1d,
    with_conv2d,
    with_conv3d,
    with_conv_transpose1d,
    with_conv_transpose2d,
    with_conv_transpose3d,
    with_rmsnorm,
    with_groupnorm,
    with_local_response_norm,
    with_instancenorm1d,
    with_instancenorm2d,
    with_instancenorm3d,
    with_dropout1d,
    with_dropout2d,
    with_dropout3d,
    with_maxpool1d,
    with_avgpool1d,
    with_lppool1d,
    with_adaptive_maxpool1d,
    with_adaptive_avgpool1d,
    with_maxpool2d,
    with_avgpool2d,
    with_lppool2d,
    with_adaptive_maxpool2d,
    with_adaptive_avgpool2d,
    with_maxpool3d,
    with_avgpool3d,
    with_lppool3d,
    with_adaptive_maxpool3d,
    with_adaptive_avgpool3d,
    with_global_avgpool,
    with_global_maxpool,
    with_local1d,
    with_local2d,
    with_unfold,
    with_fold,
    with_upsample,
    with_pixel_shuffle,
};

typedef struct data {
    dl_tensor *x, *y;
} data;

static dl_tensor *loss_of(dl_module *m, void *user)
{
    const data *d = user;
    return dl_mse(dl_module_forward(m, d->x), d->y, NULL);
}

static void every_optimizer_makes_the_loss_of_every_net_fall(void **state)
{
    dl_ctx *ctx = *state;
    const int32_t mark = dl_scope_begin(ctx);
    data d = {random_tensor(ctx, DL_F32, 1, DL_SHAPE(ROWS, 6)),
              random_tensor(ctx, DL_F32, 2, DL_SHAPE(ROWS, 2))};
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
        for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
            dl_module *m = nets[k](ctx);
            dl_optim *o = rules[r].make(m);
            double loss = NAN, first = NAN;
            for (int step = 0; step < STEPS; step++) {
                assert_int_equal(dl_optim_step_closure(o, loss_of, &d, &loss), DL_OK);
                first = step ? first : loss;
            }
            if (!(loss < 0.97 * first))
                fail_msg("%s, net %d: the loss is %g after %g", rules[r].name, (int)k, loss, first);
            dl_optim_drop(o);
            dl_module_drop(m);
        }
    dl_scope_end(ctx, mark);
}

/* Whether m is of the class, or has a part that is. */
static int has_class(dl_module *m, const char *name)
{
    if (!strcmp(dl_module_class_name(m), name))
        return 1;
    for (int32_t i = 0; i < dl_module_child_count(m); i++)
        if (has_class(dl_module_child(m, i), name))
            return 1;
    return 0;
}

/* A parameter that stands alone has no input and cannot stand in a row of layers. */
static void the_nets_have_every_class_of_the_library(void **state)
{
    for (const void *const *own = dl__classes; *own; own++) {
        const char *name = ((const dl_module_class *)*own)->name;
        int found = !strcmp(name, "parameter");
        for (size_t k = 0; k < sizeof nets / sizeof *nets && !found; k++) {
            dl_module *m = nets[k](*state);
            found = has_class(m, name);
            dl_module_drop(m);
        }
        if (!found)
            fail_msg("no net has a layer of the class %s", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(every_optimizer_makes_the_loss_of_every_net_fall),
        with_ctx(the_nets_have_every_class_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
