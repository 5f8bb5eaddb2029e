/* Training with penalties on the weights. The penalties themselves: test_penalty.c. */
#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "dl/penalty.h"
#include "dl/train.h"

typedef struct seen {
    int n;
    double penalty[16], loss[16];
} seen;

static int32_t on_step(const dl_event *e, void *user)
{
    seen *s = user;
    s->penalty[s->n] = e->penalty;
    s->loss[s->n++] = e->loss;
    return 0;
}

/* The mean of x w: its gradient is the mean of x. */
static dl_tensor *mean_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                            void *user)
{
    (void)n;
    (void)shown;
    (void)user;
    return dl_mean(dl_module_forward(m, batch[0]), NULL, 0, 0);
}

/* One weight of 2, examples 1 .. 4 in batches of 2, plain steps of rate 1/4. */
static double trained(dl_ctx *ctx, dl_train_opts o, seen *s)
{
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4, 1), 1, 2, 3, 4);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_dense(ctx, 1, 1, &(dl_layer_opts){.no_bias = 1});
    dl_tensor_fill(dl_module_param(m, 0), 2);
    dl_optim *sgd = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.25});
    *s = (seen){0};
    o.epochs = 1;
    o.batch = 2;
    o.no_shuffle = 1;
    o.on_step = on_step;
    o.user = s;
    assert_int_equal(dl_train(m, sgd, mean_loss, NULL, d, &o), DL_OK);
    double *w = values_of(dl_module_param(m, 0)), value = w[0];
    free(w);
    dl_optim_drop(sgd);
    dl_module_drop(m);
    dl_dataset_drop(d);
    return value;
}

static void penalties_add_their_gradients_and_are_shown_apart(void **state)
{
    seen s;
    /* Gradients 1.5 and 3.5 of the data, and 2 l2 w + l1 sign(w). */
    double w = trained(*state, (dl_train_opts){0}, &s);
    assert_true(w == 2 - 0.25 * 1.5 - 0.25 * 3.5);
    assert_true(isnan(s.penalty[0]));
    w = trained(*state, (dl_train_opts){.l2 = 0.5}, &s);
    double first = 2 - 0.25 * (1.5 + 2), second = first - 0.25 * (3.5 + first);
    assert_true(w == second);
    assert_true(s.loss[0] == 3 && s.penalty[0] == 2);
    assert_true(s.penalty[1] == (2 + 0.5 * first * first) / 2);
    w = trained(*state, (dl_train_opts){.l1 = 0.5}, &s);
    first = 2 - 0.25 * (1.5 + 0.5), second = first - 0.25 * (3.5 + 0.5);
    assert_true(w == second);
    assert_true(s.penalty[0] == 1 && s.penalty[1] == (1 + 0.5 * first) / 2);
    w = trained(*state, (dl_train_opts){.l1 = 0.5, .l2 = 0.25, .penalized = "w*"}, &s);
    first = 2 - 0.25 * (1.5 + 0.5 + 1);
    assert_true(w == first - 0.25 * (3.5 + 0.5 + 0.5 * first));
    assert_true(s.penalty[0] == 2);
}

static void penalties_that_cannot_be_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 1);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_dense(ctx, 1, 1, NULL);
    dl_optim *sgd = dl_optim_sgd(m, NULL);
    const dl_train_opts bad[] = {{.l1 = -0.5}, {.l2 = NAN}, {.l2 = INFINITY}};
    static const char *const text[] = {"l1 is -0.5", "l2 is nan", "l2 is inf"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dl_train(m, sgd, mean_loss, NULL, d, &bad[i]), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, text[i]);
    }
    assert_int_equal(
        dl_train(m, sgd, mean_loss, NULL, d, &(dl_train_opts){.l1 = 1, .penalized = "nothing"}),
        DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "nothing");
    assert_int_equal(dl_optim_steps(sgd), 0);
    /* A penalty that is no number does not reach the weights. */
    assert_int_equal(dl_train(m, sgd, mean_loss, NULL, d, &(dl_train_opts){.l2 = 1e300}),
                     DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "the penalty of batch 0 of epoch 0 is inf");
    assert_int_equal(dl_optim_steps(sgd), 0);
    /* Frozen weights are counted and stay. */
    dl_grad_track(dl_module_param(m, 0), 0);
    const double before = dl_tensor_item(dl_module_param(m, 0));
    assert_int_equal(dl_train(m, sgd, mean_loss, NULL, d, &(dl_train_opts){.l2 = 1, .epochs = 1}),
                     DL_OK);
    assert_true(dl_tensor_item(dl_module_param(m, 0)) == before);
    dl_optim_drop(sgd);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(penalties_add_their_gradients_and_are_shown_apart),
        with_ctx(penalties_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
