/* What a net can learn: a single layer separates with a line, a hidden layer bends it, and enough
 * units learn anything by heart. Minsky and Papert, Perceptrons, 1969; Zhang et al., ICLR 2017. */
#include <math.h>
#include "dl/layers.h"
#include "dl/train.h"
#include "support/support.h"

typedef struct outcome {
    double loss, accuracy;
} outcome;

/* After so many epochs of one batch each. */
static outcome learn(dl_module *m, dl_dataset *d, int32_t epochs, double lr)
{
    outcome o;
    dl_optim *adam = dl_optim_adam(m, &(dl_adam_opts){.lr = lr});
    const int32_t all = (int32_t)dl_dataset_size(d);
    dl_train(m, adam, dl_loss_classify, NULL, d, &(dl_train_opts){.epochs = epochs, .batch = all});
    assert_int_equal(dl_evaluate(m, dl_loss_classify, NULL, d, all, &o.loss, &o.accuracy), DL_OK);
    dl_optim_drop(adam);
    return o;
}

static dl_dataset * xor
    (dl_ctx * ctx) {
        dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4, 2), 0, 0, 0, 1, 1, 0, 1, 1);
        return dl_dataset_tensors(
            (dl_tensor *const[]){x, make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 1, 1, 0)}, 2);
    }

    /* The best that a line can do is to say nothing: log 2. */
    static void a_single_layer_cannot_learn_xor(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = xor(ctx);
    dl_module *m = dl_layer_dense(ctx, 2, 2, NULL);
    const outcome o = learn(m, d, 1000, 0.05);
    assert_true(o.loss > log(2) - 1e-6 && o.loss < log(2) + 1e-3);
    assert_true(o.accuracy < 0.8);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

static void a_hidden_layer_learns_xor(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = xor(ctx);
    for (int tanh = 0; tanh < 2; tanh++) {
        dl_module *m =
            dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 2, 16, NULL),
                                               tanh ? dl_layer_tanh(ctx) : dl_layer_relu(ctx),
                                               dl_layer_dense(ctx, 16, 2, NULL)));
        const outcome o = learn(m, d, 400, 0.05);
        assert_true(o.loss < 0.01 && o.accuracy == 1);
        dl_module_drop(m);
    }
    dl_dataset_drop(d);
}

/* Layers without anything between them are one layer. */
static void two_layers_without_an_activation_cannot_either(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = xor(ctx);
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 2, 16, NULL), dl_layer_dense(ctx, 16, 2, NULL)));
    assert_true(learn(m, d, 400, 0.05).loss > log(2) - 1e-6);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

enum { N = 32, D = 8, C = 5 };

/* Points and labels that have nothing to do with each other. */
static dl_dataset *noise(dl_ctx *ctx)
{
    dl_tensor *x = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(N, D)));
    dl_tensor *y = dl_tensor_give(dl_tensor_randint(ctx, DL_I64, 0, C, DL_SHAPE(N)));
    return dl_dataset_tensors((dl_tensor *const[]){x, y}, 2);
}

/* Zero training error comes first, and says nothing about other data. */
static void as_many_units_as_examples_learn_random_labels_by_heart(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *train = noise(ctx), *other = noise(ctx);
    dl_module *m =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, D, N, NULL), dl_layer_relu(ctx),
                                           dl_layer_dense(ctx, N, C, NULL)));
    const outcome o = learn(m, train, 600, 0.01);
    assert_true(o.accuracy == 1 && o.loss < 0.01);
    double loss, accuracy;
    assert_int_equal(dl_evaluate(m, dl_loss_classify, NULL, other, 0, &loss, &accuracy), DL_OK);
    assert_true(accuracy < 0.45 && loss > log(C));
    dl_module_drop(m);
    dl_dataset_drop(train);
    dl_dataset_drop(other);
}

static void two_units_cannot(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *train = noise(ctx);
    dl_module *m =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, D, 2, NULL), dl_layer_relu(ctx),
                                           dl_layer_dense(ctx, 2, C, NULL)));
    assert_true(learn(m, train, 600, 0.01).accuracy < 0.9);
    dl_module_drop(m);
    dl_dataset_drop(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_single_layer_cannot_learn_xor),
        with_ctx(a_hidden_layer_learns_xor),
        with_ctx(two_layers_without_an_activation_cannot_either),
        with_ctx(as_many_units_as_examples_learn_random_labels_by_heart),
        with_ctx(two_units_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
