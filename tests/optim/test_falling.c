/* Every optimizer makes the loss of small nets fall. */
#include <math.h>
#include "dl/layers.h"
#include "dl/losses.h"
#include "dl/ops.h"
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

static dl_module *(*const nets[])(dl_ctx *ctx) = {one_layer, with_relu, with_residual};

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
            if (!(loss < 0.9 * first))
                fail_msg("%s, net %d: the loss is %g after %g", rules[r].name, (int)k, loss, first);
            dl_optim_drop(o);
            dl_module_drop(m);
        }
    dl_scope_end(ctx, mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(every_optimizer_makes_the_loss_of_every_net_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
