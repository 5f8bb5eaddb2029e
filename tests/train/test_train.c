/* The training loop. Early stopping, checkpoints and resuming have tests of their own. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/toy.h"

enum { N = 60 };

static void training_learns(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    double loss, metric, after, metric_after;
    assert_int_equal(dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 0, &loss, &metric), DL_OK);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 8, .batch = 8}),
                     DL_OK);
    dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 0, &after, &metric_after);
    assert_true(after < 0.5 * loss);
    assert_true(metric_after > 0.8 && metric_after > metric);
    assert_int_equal(dl_optim_steps(t.optim), 8 * 8);
    toy_end(&t);
}

typedef struct record {
    int64_t n_step, n_epoch;
    dl_event step[64], epoch[16];
    int64_t stop_step, stop_epoch; /* stops when that many calls were made; 0: never */
    int32_t training;              /* steps whose net was in training mode */
} record;

static int32_t on_epoch(const dl_event *e, void *user)
{
    record *r = user;
    r->epoch[r->n_epoch++] = *e;
    return r->n_epoch == r->stop_epoch;
}

static int32_t on_step(const dl_event *e, void *user)
{
    record *r = user;
    r->step[r->n_step++] = *e;
    r->training += dl_module_training(e->model);
    dl_scale(dl_module_param(e->model, 0), 2); /* recorded, and gone when we return */
    return r->n_step == r->stop_step;
}

static void events_tell_what_happened_in_order(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    record r = {0};
    toy_make(&t, ctx, N, TOY_ADAM);
    int64_t live = dl_ctx_live(ctx);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 3,
                                               .batch = 16,
                                               .on_step = on_step,
                                               .on_epoch = on_epoch,
                                               .user = &r,
                                               .valid = t.valid}),
                     DL_OK);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(r.n_step, 12);
    assert_int_equal(r.n_epoch, 3);
    assert_int_equal(r.training, 12);
    for (int i = 0; i < 12; i++) {
        const dl_event *e = &r.step[i];
        assert_int_equal(e->epoch, i / 4);
        assert_int_equal(e->step, i % 4 + 1);
        assert_int_equal(e->steps, 4);
        assert_int_equal(e->examples, i % 4 == 3 ? 60 : 16 * (i % 4 + 1));
        assert_true(e->loss > 0 && e->metric >= 0 && e->metric <= 1);
        assert_true(isnan(e->valid_loss) && isnan(e->valid_metric));
        assert_true(e->seconds >= 0 && (i == 0 || e->seconds >= r.step[i - 1].seconds));
        assert_ptr_equal(e->model, t.net);
        assert_ptr_equal(e->optim, t.optim);
    }
    assert_true(fabs(r.step[0].lr - 0.02 / 3) < 1e-15); /* of the warm-up */
    for (int i = 0; i < 3; i++) {
        const dl_event *e = &r.epoch[i], *last = &r.step[4 * i + 3];
        assert_int_equal(e->epoch, i);
        assert_int_equal(e->step, 4);
        assert_true(e->loss == last->loss && e->metric == last->metric && e->lr == last->lr);
        assert_true(e->valid_loss > 0 && e->valid_metric >= 0);
    }
    assert_int_equal(r.epoch[0].best, 1);
    toy_end(&t);
}

/* Losses of known values, to see how they are averaged: the mean of the batch's own numbers. */
static dl_tensor *known_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                             void *user)
{
    (void)n;
    (void)user;
    dl_tensor *y = dl_module_forward(m, batch[0]);
    *shown = dl_mean(batch[0], NULL, 0, 0);
    return dl_mean(y, NULL, 0, 0);
}

static void averages_weigh_examples_and_the_gradient_is_the_mean(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5, 1), 1, 2, 3, 4, 10);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_dense(ctx, 1, 1, &(dl_layer_opts){.no_bias = 1});
    dl_tensor_fill(dl_module_param(m, 0), 1);
    dl_optim *sgd = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.25});
    record r = {0};
    /* Batches 1 2 3 | 4 10: gradients 2 and 7, weights 1, 0.5, -1.25, losses 2 and 3.5. */
    assert_int_equal(dl_train(m, sgd, known_loss, NULL, d,
                              &(dl_train_opts){.epochs = 1,
                                               .batch = 3,
                                               .no_shuffle = 1,
                                               .on_step = on_step,
                                               .on_epoch = on_epoch,
                                               .user = &r}),
                     DL_OK);
    assert_values(dl_module_param(m, 0), -1.25);
    assert_true(r.step[0].loss == 2 && r.step[0].metric == 2);
    assert_true(r.epoch[0].loss == (3 * 2 + 2 * 3.5) / 5);
    assert_true(r.epoch[0].metric == 4);
    assert_null(dl_grad(dl_module_param(m, 0)));
    dl_optim_drop(sgd);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

static void modes_and_recording_end_as_they_were(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    for (int32_t on = 0; on < 2; on++) {
        toy_make(&t, ctx, N, TOY_ADAM);
        dl_module_train(t.net, on);
        dl_module_train(dl_module_child(t.net, 2), !on);
        record r = {0};
        dl_grad_enable(ctx, on);
        assert_int_equal(
            dl_train(
                t.net, t.optim, dl_loss_classify, NULL, t.train,
                &(dl_train_opts){.epochs = 1, .valid = t.valid, .on_step = on_step, .user = &r}),
            DL_OK);
        assert_int_equal(r.training, r.n_step);
        assert_int_equal(dl_module_training(t.net), on);
        assert_int_equal(dl_module_training(dl_module_child(t.net, 0)), on);
        assert_int_equal(dl_module_training(dl_module_child(t.net, 2)), !on);
        assert_int_equal(dl_grad_enable(ctx, 1), on);
        toy_end(&t);
    }
}

/* With its dropout in evaluation mode the net trains as one that has none. */
static void a_part_in_evaluation_mode_stays_in_it(void **state)
{
    (void)state;
    char with[65], without[65];
    for (int k = 0; k < 2; k++) {
        dl_ctx *ctx = make_ctx(1);
        toy t;
        toy_make(&t, ctx, N, TOY_ADAM);
        if (k)
            dl_module_train(dl_module_child(t.net, 2), 0);
        uint64_t ticket = ctx->ticket;
        dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &(dl_train_opts){.epochs = 2});
        assert_int_equal(ctx->ticket != ticket, !k);
        toy_hash(&t, k ? without : with);
        toy_end(&t);
        end_ctx(ctx);
    }
    assert_string_not_equal(with, without);
}

static int nan_at;
static dl_tensor *nan_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                           void *user)
{
    dl_tensor *loss = dl_loss_classify(m, batch, n, shown, NULL);
    return nan_at-- == 0 ? dl_scale(loss, *(double *)user) : loss;
}

static char last_hash[65];
static int32_t hash_step(const dl_event *e, void *user)
{
    (void)user;
    return dl_module_hash(e->model, last_hash);
}

static void a_loss_that_is_no_number_leaves_the_weights(void **state)
{
    dl_ctx *ctx = *state;
    static const double by[] = {(double)NAN, (double)INFINITY};
    static const char *const text[] = {"the loss of batch 2 of epoch 0 is nan",
                                       "the loss of batch 2 of epoch 0 is inf"};
    for (int k = 0; k < 2; k++) {
        toy t;
        char hash[65];
        double factor = by[k];
        toy_make(&t, ctx, N, TOY_MOMENTUM);
        nan_at = 2;
        assert_int_equal(dl_train(t.net, t.optim, nan_loss, &factor, t.train,
                                  &(dl_train_opts){.batch = 8, .on_step = hash_step}),
                         DL_ENUMERIC);
        expect_error(ctx, DL_ENUMERIC, text[k]);
        toy_hash(&t, hash);
        assert_string_equal(hash, last_hash);
        assert_int_equal(dl_optim_steps(t.optim), 2);
        toy_end(&t);
    }
}

static void a_callback_stops_training(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    record r = {.stop_step = 5};
    dl_train_opts o = {.batch = 16, .on_step = on_step, .on_epoch = on_epoch, .user = &r};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stopped by on_step");
    assert_int_equal(dl_optim_steps(t.optim), 5);
    r = (record){.stop_epoch = 2};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stopped by on_epoch");
    assert_int_equal(dl_optim_steps(t.optim), 5 + 8);
    toy_end(&t);
}

static int32_t cancel_step(const dl_event *e, void *user)
{
    record *r = user;
    if (++r->n_step == r->stop_step)
        dl_ctx_cancel(dl_module_ctx(e->model));
    return 0;
}

static void cancelling_stops_after_the_running_batch(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    for (int64_t k = 3; k < 5; k++) { /* within an epoch; during its validation */
        record r = {.stop_step = k};
        int64_t before = dl_optim_steps(t.optim);
        dl_train_opts o = {.batch = 16, .on_step = cancel_step, .user = &r, .valid = t.valid};
        assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_EUSER);
        assert_int_equal(dl_ctx_cancelled(ctx), 1); /* what follows is to stop too */
        expect_error(ctx, DL_EUSER, "train: cancelled");
        assert_int_equal(dl_ctx_cancelled(ctx), 0);
        assert_int_equal(dl_optim_steps(t.optim), before + k);
        assert_int_equal(dl_module_training(t.net), 1);
    }
    toy_end(&t);
}

static int32_t fail_step(const dl_event *e, void *user)
{
    (void)user;
    dl_module_forward((dl_module *)e->model, dl_module_param(e->model, 1)); /* no such shape */
    return 1;
}

static dl_tensor *no_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                          void *user)
{
    (void)n;
    (void)shown;
    if (user)
        return dl_module_forward(m, batch[0]);
    return NULL;
}

static void errors_of_callbacks_come_back_as_they_are(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    assert_true(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                         &(dl_train_opts){.on_step = fail_step}) < 0);
    assert_int_not_equal(dl_ctx_status(ctx), DL_EUSER);
    dl_ctx_clear(ctx);
    assert_int_equal(dl_train(t.net, t.optim, no_loss, NULL, t.train, NULL), DL_EUSER);
    expect_error(ctx, DL_EUSER, "train: the loss function stopped it");
    assert_int_equal(dl_train(t.net, t.optim, no_loss, &t, t.train, NULL), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "the loss has 96 elements, it wants 1");
    toy_end(&t);
}

/* In the end, what was validated last is what the average says now. */
static void the_averaged_net_is_what_is_validated(void **state)
{
    toy t;
    record r = {0};
    double loss;
    toy_make(&t, *state, N, TOY_ADAM);
    dl_average *average = dl_average_new(t.net, 0.9);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 2,
                                               .batch = 16,
                                               .valid = t.valid,
                                               .average = average,
                                               .on_epoch = on_epoch,
                                               .user = &r}),
                     DL_OK);
    assert_int_equal(dl_average_count(average), 8);
    assert_ptr_equal(r.epoch[1].averaged, dl_average_module(average));
    dl_evaluate(dl_average_module(average), dl_loss_classify, NULL, t.valid, 16, &loss, NULL);
    assert_true(r.epoch[1].valid_loss == loss);
    dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 16, &loss, NULL);
    assert_true(r.epoch[1].valid_loss != loss);
    dl_average_drop(average);
    toy_end(&t);
}

/* The loader's own options: 20 draws make 3 batches of 8, of which the last, 4, is left out. */
static void a_loader_of_ones_own_is_used(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    record r = {0};
    toy_make(&t, ctx, N, TOY_ADAM);
    const dl_loader_opts loader = {
        .batch = 8, .sample = DL_SAMPLE_REPLACE, .draws = 20, .drop_last = 1};
    dl_train_opts o = {.epochs = 2,
                       .loader = &loader,
                       .on_step = on_step,
                       .on_epoch = on_epoch,
                       .user = &r,
                       .valid = t.valid};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    assert_int_equal(r.n_step, 4);
    assert_int_equal(r.epoch[1].examples, 16);
    assert_int_equal(r.epoch[1].steps, 2);
    o.accumulate = 3; /* a step of the two batches that there are */
    r = (record){0};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    assert_int_equal(r.n_step, 2);
    toy_end(&t);
}

/* L-BFGS over a net of one layer, whose loss is convex. Four batches are one step. */
static void lbfgs_sees_the_loss_of_all_batches_of_a_step(void **state)
{
    dl_ctx *ctx = *state;
    double loss[2];
    for (int i = 0; i < 2; i++) {
        toy t;
        record r = {0};
        toy_make(&t, ctx, N, TOY_ADAM);
        dl_module *m = dl_layer_dense(ctx, 4, 3, &(dl_layer_opts){.init = DL_INIT_ZEROS});
        dl_optim *o = dl_optim_lbfgs(m, &(dl_lbfgs_opts){.line_search = DL_SEARCH_WOLFE});
        assert_int_equal(dl_train(m, o, dl_loss_classify, NULL, t.train,
                                  &(dl_train_opts){.epochs = 3,
                                                   .batch = i ? 15 : 60,
                                                   .accumulate = i ? 4 : 1,
                                                   .l2 = 1e-3,
                                                   .no_shuffle = 1,
                                                   .on_epoch = on_epoch,
                                                   .user = &r}),
                         DL_OK);
        assert_int_equal(dl_optim_steps(o), 3);
        assert_true(fabs(r.epoch[0].loss - log(3)) < 1e-6); /* before the first step */
        assert_true(r.epoch[0].penalty == 0);
        assert_true(r.epoch[2].loss < 0.5 * r.epoch[0].loss && r.epoch[2].penalty > 0);
        loss[i] = r.epoch[2].loss;
        dl_optim_drop(o);
        dl_module_drop(m);
        toy_end(&t);
    }
    assert_true(fabs(loss[0] - loss[1]) < 1e-3 * loss[0]);
}

static void nan_is_found_in_its_epoch_and_batch(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.check_finite = 1, .threads = 1});
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(6, 1), 1, 2, 3, 4, NAN, 6);
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(6, 1), 1, 2, 3, 4, 5, 6);
    dl_dataset *d = dl_dataset_tensors((dl_tensor *const[]){x, y}, 2);
    dl_module *m = dl_layer_dense(ctx, 1, 1, NULL);
    dl_optim *o = dl_optim_sgd(m, NULL);
    assert_int_equal(dl_train(m, o, dl_loss_regress, NULL, d,
                              &(dl_train_opts){.epochs = 1, .batch = 2, .no_shuffle = 1}),
                     DL_ENUMERIC);
    assert_non_null(strstr(dl_ctx_message(ctx), "dense: linear: its result"));
    expect_error(ctx, DL_ENUMERIC, "; epoch 0, batch 2");
    assert_null(ctx->during);
    dl_optim_drop(o);
    dl_module_drop(m);
    dl_dataset_drop(d);
    end_ctx(ctx);
}

static void refused(toy *t, dl_train_opts o, const char *part)
{
    char before[65], after[65];
    toy_hash(t, before);
    assert_int_equal(dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train, &o), DL_EINVAL);
    expect_error(t->ctx, DL_EINVAL, part);
    toy_hash(t, after);
    assert_string_equal(before, after);
}

/* Through the net, and then through user. */
static dl_tensor *with_head(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                            void *user)
{
    (void)n;
    (void)shown;
    return dl_cross_entropy(dl_module_forward(user, dl_module_forward(m, batch[0])), batch[1],
                            NULL);
}

/* The optimizer has more parameters than the net: what a loss function adds to it learns, too. */
static void gradients_of_all_that_the_optimizer_has_begin_anew_at_each_step(void **state)
{
    dl_ctx *ctx = *state;
    const dl_train_opts o = {.epochs = 2, .batch = 20, .accumulate = 2};
    char hash[2][65];
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    dl_module *body = dl_layer_dense(ctx, 4, 8, NULL), *head = dl_layer_dense(ctx, 8, 3, NULL);
    dl_module *all[2] = {dl_layer_sequential(ctx, DL_LAYERS(body, head))};
    all[1] = dl_module_clone(all[0], NULL);
    for (int i = 0; i < 2; i++) {
        dl_optim *sgd = dl_optim_sgd(all[i], &(dl_sgd_opts){.lr = 0.1});
        assert_int_equal(dl_train(i == 0 ? body : all[1], sgd,
                                  i == 0 ? with_head : dl_loss_classify, i == 0 ? head : NULL,
                                  t.train, &o),
                         DL_OK);
        dl_module_hash(all[i], hash[i]);
        for (int32_t k = 0; k < dl_module_param_count(all[i]); k++)
            assert_null(dl_grad(dl_module_param(all[i], k)));
        dl_optim_drop(sgd);
    }
    assert_string_equal(hash[0], hash[1]);
    dl_module_drop(all[0]);
    dl_module_drop(all[1]);
    toy_end(&t);
}

static void wrong_options_are_refused(void **state)
{
    static const dl_loader_opts loader = {.batch = 8};
    dl_ctx *ctx = *state;
    toy t, u;
    dl_ctx *other = make_ctx(1);
    toy_make(&t, ctx, N, TOY_ADAM);
    toy_make(&u, other, N, TOY_ADAM);
    refused(&t, (dl_train_opts){.loader = &loader, .batch = 8},
            "loader says batch, shuffle and workers");
    refused(&t, (dl_train_opts){.epochs = -1}, "epochs is -1");
    refused(&t, (dl_train_opts){.batch = -1}, "batch -1");
    refused(&t, (dl_train_opts){.patience = -2}, "patience -2");
    refused(&t, (dl_train_opts){.save_epochs = -3}, "save_epochs -3");
    refused(&t, (dl_train_opts){.min_delta = -1}, "min_delta is -1");
    refused(&t, (dl_train_opts){.min_delta = (double)NAN}, "min_delta is nan");
    refused(&t, (dl_train_opts){.min_delta = (double)INFINITY}, "min_delta is inf");
    refused(&t, (dl_train_opts){.patience = 1}, "validation set");
    refused(&t, (dl_train_opts){.patience = DL_OFF}, "validation set");
    refused(&t, (dl_train_opts){.restore_best = 1}, "validation set");
    refused(&t, (dl_train_opts){.resume = 1}, "checkpoint's path");
    refused(&t, (dl_train_opts){.restore_best = 2, .valid = t.valid}, "restore_best is 2");
    refused(&t, (dl_train_opts){.resume = -1, .checkpoint = "x"}, "resume -1");
    refused(&t, (dl_train_opts){.no_shuffle = 2}, "no_shuffle 2");
    refused(&t, (dl_train_opts){.workers = 99}, "workers 99");
    refused(&t, (dl_train_opts){.valid = u.valid}, "another context");
    dl_dataset *empty = dl_dataset_subset(dl_dataset_keep(t.valid), NULL, 0);
    refused(&t, (dl_train_opts){.valid = empty}, "no examples");
    dl_dataset_drop(empty);
    assert_int_equal(dl_train(t.net, u.optim, dl_loss_classify, NULL, t.train, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the optimizer is of another context");
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, u.train, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "a dataset is of another context");
    assert_int_equal(dl_train(NULL, t.optim, dl_loss_classify, NULL, t.train, NULL), DL_EINVAL);
    assert_int_equal(dl_train(t.net, NULL, dl_loss_classify, NULL, t.train, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_train(t.net, t.optim, NULL, NULL, t.train, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_fail(ctx, DL_EUNSUPPORTED, "standing");
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, NULL),
                     DL_EUNSUPPORTED);
    expect_error(ctx, DL_EUNSUPPORTED, "standing");
    dl_module *frozen = dl_module_freeze(t.net);
    assert_int_equal(dl_train(frozen, t.optim, dl_loss_classify, NULL, t.train, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "frozen");
    dl_module_drop(frozen);
    toy_end(&t);
    toy_end(&u);
    end_ctx(other);
}

static dl_status train(dl_ctx *ctx, void *user)
{
    toy *t = user;
    dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train,
             &(dl_train_opts){.epochs = 1, .batch = 40, .patience = 1, .valid = t->valid});
    return dl_ctx_status(ctx);
}

static void modes_are(dl_ctx *ctx, void *user)
{
    (void)ctx;
    toy *t = user;
    assert_int_equal(dl_module_training(t->net), 0);
    assert_int_equal(dl_grad_enable(t->ctx, 1), 1);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    dl_module_train(t.net, 0);
    train(ctx, &t); /* tables of names stay from now on */
    assert_true(fault_loop(ctx, train, modes_are, &t) > 50);
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(training_learns),
        with_ctx(events_tell_what_happened_in_order),
        with_ctx(averages_weigh_examples_and_the_gradient_is_the_mean),
        with_ctx(modes_and_recording_end_as_they_were),
        cmocka_unit_test(a_part_in_evaluation_mode_stays_in_it),
        with_ctx(a_loss_that_is_no_number_leaves_the_weights),
        with_ctx(a_callback_stops_training),
        with_ctx(cancelling_stops_after_the_running_batch),
        with_ctx(errors_of_callbacks_come_back_as_they_are),
        with_ctx(the_averaged_net_is_what_is_validated),
        with_ctx(a_loader_of_ones_own_is_used),
        with_ctx(lbfgs_sees_the_loss_of_all_batches_of_a_step),
        cmocka_unit_test(nan_is_found_in_its_epoch_and_batch),
        with_ctx(gradients_of_all_that_the_optimizer_has_begin_anew_at_each_step),
        with_ctx(wrong_options_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
