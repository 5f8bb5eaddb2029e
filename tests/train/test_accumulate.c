/* Steps of several batches. */
#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/layers.h"
#include "dl/train.h"
#include "support/toy.h"

enum { N = 23 };

typedef struct seen {
    int64_t n;
    dl_event step[64], epoch;
} seen;

static int32_t on_step(const dl_event *e, void *user)
{
    seen *s = user;
    s->step[s->n++] = *e;
    return 0;
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    ((seen *)user)->epoch = *e;
    return 0;
}

/* The weights, N values each, of a net in f64 after three epochs. */
static double *weights(int32_t batch, int32_t accumulate, double l2, seen *s)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 3, .threads = 1, .dtype = DL_F64});
    dl_tensor *field[] = {random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, 5)),
                          random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, 2))};
    dl_dataset *d = dl_dataset_tensors(field, 2);
    dl_module *m =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 5, 7, NULL), dl_layer_tanh(ctx),
                                           dl_layer_dense(ctx, 7, 2, NULL)));
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.5});
    *s = (seen){0};
    assert_int_equal(dl_train(m, o, dl_loss_regress, NULL, d,
                              &(dl_train_opts){.epochs = 3,
                                               .batch = batch,
                                               .accumulate = accumulate,
                                               .l2 = l2,
                                               .on_step = on_step,
                                               .on_epoch = on_epoch,
                                               .user = s}),
                     DL_OK);
    double *w = values_of(dl_module_param(m, 0));
    dl_optim_drop(o);
    dl_module_drop(m);
    dl_dataset_drop(d);
    end_ctx(ctx);
    return w;
}

/* 23 examples as 4 4 4 | 4 4 3 are those of 12 | 11, the tail included. */
static void several_batches_make_the_step_of_one_large_one(void **state)
{
    (void)state;
    static const int32_t batch[] = {4, 2, 1, 12, 5}, times[] = {3, 6, 12, 1, 5},
                         one[] = {12, 12, 12, 12, 25};
    for (int k = 0; k < 5; k++)
        for (int l2 = 0; l2 < 2; l2++) {
            seen s, large;
            double *a = weights(batch[k], times[k], 0.01 * l2, &s);
            double *b = weights(one[k], 0, 0.01 * l2, &large);
            for (int i = 0; i < 35; i++)
                assert_true(fabs(a[i] - b[i]) <= 1e-12 * fmax(1, fabs(b[i])));
            assert_int_equal(s.n, large.n);
            for (int64_t i = 0; i < s.n; i++) {
                assert_int_equal(s.step[i].step, large.step[i].step);
                assert_int_equal(s.step[i].steps, large.step[i].steps);
                assert_int_equal(s.step[i].examples, large.step[i].examples);
                assert_true(fabs(s.step[i].loss - large.step[i].loss) < 1e-12);
            }
            assert_true(fabs(s.epoch.loss - large.epoch.loss) < 1e-12);
            assert_true(l2 ? fabs(s.epoch.penalty - large.epoch.penalty) < 1e-12
                           : isnan(s.epoch.penalty) && isnan(large.epoch.penalty));
            free(a);
            free(b);
        }
}

static void one_batch_a_step_is_the_default_to_the_bit(void **state)
{
    (void)state;
    seen s;
    double *a = weights(5, 0, 0, &s), *b = weights(5, 1, 0, &s);
    assert_memory_equal(a, b, 35 * sizeof *a);
    free(a);
    free(b);
}

static int64_t stop_at;

static dl_tensor *failing_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                               void *user)
{
    if (stop_at-- == 0)
        return NULL;
    return dl_loss_classify(m, batch, n, shown, user);
}

/* A step is done whole or not at all. */
static void a_loss_that_fails_within_a_step_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    char before[65], after[65];
    toy_make(&t, ctx, 60, TOY_MOMENTUM);
    toy_hash(&t, before);
    stop_at = 2;
    assert_int_equal(dl_train(t.net, t.optim, failing_loss, NULL, t.train,
                              &(dl_train_opts){.batch = 4, .accumulate = 3}),
                     DL_EUSER);
    expect_error(ctx, DL_EUSER, "the loss function stopped it");
    toy_hash(&t, after);
    assert_string_equal(before, after);
    assert_int_equal(dl_optim_steps(t.optim), 0);
    assert_null(dl_grad(dl_module_param(t.net, 0)));
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_batches_make_the_step_of_one_large_one),
        cmocka_unit_test(one_batch_a_step_is_the_default_to_the_bit),
        with_ctx(a_loss_that_fails_within_a_step_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
