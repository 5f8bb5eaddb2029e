/* Early stopping: when training ends, and which weights are left. The validation loss is what
 * the test says it is. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "dl/ops.h"
#include "support/toy.h"

enum { EPOCHS = 9 };

typedef struct script {
    const double *valid; /* loss of each epoch's validation                    */
    int64_t epoch;       /* validations so far                                 */
    int64_t best[EPOCHS];
    char hash[EPOCHS][65]; /* weights after each epoch */
    int64_t n_epoch, steps;
    int64_t stop_epoch, stop_step, cancel_step, nan_step, fail_step; /* from 1; 0: never */
    toy *t;
} script;

static dl_tensor *loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                       void *user)
{
    script *s = user;
    dl_tensor *real = dl_loss_classify(m, batch, n, shown, NULL);
    if (dl_module_training(m)) {
        s->steps++;
        if (s->steps == s->fail_step)
            dl_reshape(real, DL_SHAPE(77));
        return s->steps == s->nan_step ? dl_scale(real, (double)NAN) : real;
    }
    return dl_tensor_give(dl_tensor_full(dl_module_ctx(m), DL_F64, s->valid[s->epoch++], NULL, 0));
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    script *s = user;
    toy_hash(s->t, s->hash[s->n_epoch]);
    assert_true(e->valid_loss == s->valid[e->epoch] || isnan(s->valid[e->epoch]));
    s->best[s->n_epoch++] = e->best;
    return s->n_epoch == s->stop_epoch;
}

static int32_t on_step(const dl_event *e, void *user)
{
    script *s = user;
    if (s->steps == s->cancel_step)
        dl_ctx_cancel(dl_module_ctx(e->model));
    return s->steps == s->stop_step;
}

/* Four steps an epoch; validation in one batch. */
static dl_status run(dl_ctx *ctx, script *s, dl_train_opts o, char end[65])
{
    toy t;
    toy_make(&t, ctx, 32, TOY_ADAM);
    s->t = &t;
    o.epochs = o.epochs ? o.epochs : EPOCHS;
    o.batch = 8;
    o.valid = dl_dataset_subset(dl_dataset_keep(t.valid), (int64_t[]){0, 1, 2, 3}, 4);
    o.on_epoch = on_epoch;
    o.on_step = on_step;
    o.user = s;
    dl_status status = dl_train(t.net, t.optim, loss, s, t.train, &o);
    dl_ctx_clear(ctx);
    toy_hash(&t, end);
    dl_dataset_drop(o.valid);
    toy_end(&t);
    return status;
}

static const double dip[EPOCHS] = {5, 4, 3, 3.5, 3.2, 3.1, 2, 1, 0.5};

static void stops_after(dl_ctx *ctx, const double *valid, dl_train_opts o, int64_t epochs,
                        int64_t best)
{
    script s = {.valid = valid};
    char end[65];
    assert_int_equal(run(ctx, &s, o, end), DL_OK);
    assert_int_equal(s.n_epoch, epochs);
    assert_string_equal(end, s.hash[best]);
}

static void patience_counts_epochs_without_a_lower_loss(void **state)
{
    dl_ctx *ctx = *state;
    stops_after(ctx, dip, (dl_train_opts){.patience = 1}, 4, 2);
    stops_after(ctx, dip, (dl_train_opts){.patience = 2}, 5, 2);
    stops_after(ctx, dip, (dl_train_opts){.patience = 3}, 6, 2);
    stops_after(ctx, dip, (dl_train_opts){.patience = 4}, 9, 8);
    stops_after(ctx, dip, (dl_train_opts){.patience = 4, .epochs = 6}, 6, 2);
}

/* The rule of the course: stop when the validation error increases. */
static void without_patience_the_first_worse_epoch_ends_it(void **state)
{
    dl_ctx *ctx = *state;
    static const double equal[EPOCHS] = {3, 3, 2, 1, 1, 1, 1, 1, 1};
    stops_after(ctx, dip, (dl_train_opts){.patience = DL_OFF}, 4, 2);
    stops_after(ctx, equal, (dl_train_opts){.patience = DL_OFF}, 2, 0);
}

static void a_loss_lower_by_too_little_does_not_count(void **state)
{
    dl_ctx *ctx = *state;
    static const double slow[EPOCHS] = {3, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3, 2.2};
    stops_after(ctx, slow, (dl_train_opts){.patience = 2}, 9, 8);
    stops_after(ctx, slow, (dl_train_opts){.patience = 2, .min_delta = 0.5}, 3, 0);
    stops_after(ctx, slow, (dl_train_opts){.patience = 3, .min_delta = 0.25}, 9, 6);
}

static void a_validation_loss_that_is_no_number_is_not_better(void **state)
{
    dl_ctx *ctx = *state;
    static const double broken[EPOCHS] = {3, 2, (double)NAN, (double)NAN, 1, 0, 0, 0, 0};
    static const double never[EPOCHS] = {(double)NAN, (double)INFINITY, (double)NAN, 1, 1, 1};
    stops_after(ctx, broken, (dl_train_opts){.patience = 2}, 4, 1);
    stops_after(ctx, never, (dl_train_opts){.patience = 3}, 3, 2); /* there was no best epoch */
}

static void keeping_the_best_and_stopping_are_two_options(void **state)
{
    dl_ctx *ctx = *state;
    stops_after(ctx, dip, (dl_train_opts){.patience = 2, .restore_best = DL_OFF}, 5, 4);
    stops_after(ctx, dip, (dl_train_opts){.restore_best = 1, .epochs = 5}, 5, 2);
    stops_after(ctx, dip, (dl_train_opts){.epochs = 5}, 5, 4);
}

/* Step 17 is the first of epoch 4; the best epoch was 2. */
static void the_best_weights_come_back_whatever_ended_the_run(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        script s;
        dl_status status;
    } cases[] = {
        {{.stop_epoch = 5}, DL_EUSER},   {{.stop_step = 18}, DL_EUSER},
        {{.cancel_step = 18}, DL_EUSER}, {{.cancel_step = 16}, DL_EUSER}, /* seen by validation */
        {{.nan_step = 18}, DL_ENUMERIC}, {{.fail_step = 18}, DL_ESHAPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script s = cases[i].s;
        s.valid = dip;
        char end[65];
        assert_int_equal(run(ctx, &s, (dl_train_opts){.patience = 8}, end), cases[i].status);
        assert_string_equal(end, s.hash[2]);
    }
}

static void the_event_says_which_epoch_was_best(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t best[EPOCHS] = {1, 1, 1, 0, 0, 0, 1, 1, 1};
    script s = {.valid = dip};
    char end[65];
    run(ctx, &s, (dl_train_opts){0}, end);
    assert_memory_equal(s.best, best, sizeof best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(patience_counts_epochs_without_a_lower_loss),
        with_ctx(without_patience_the_first_worse_epoch_ends_it),
        with_ctx(a_loss_lower_by_too_little_does_not_count),
        with_ctx(a_validation_loss_that_is_no_number_is_not_better),
        with_ctx(keeping_the_best_and_stopping_are_two_options),
        with_ctx(the_best_weights_come_back_whatever_ended_the_run),
        with_ctx(the_event_says_which_epoch_was_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
