/* A run that was stopped and goes on in another context, process or on another number of
 * threads ends with the bits of a run that was never stopped. */
#include "support/support.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "dl/layers.h"
#include "support/scratch.h"
#include "support/toy.h"

enum { STEPS = 8, EPOCHS = 7 }; /* 8 batches an epoch: 56 steps */

static const char *path(void)
{
    return scratch_at("run.ckpt");
}

/* No checkpoint is there, nor the one before it. */
static void begin_anew(void)
{
    char prev[512];
    snprintf(prev, sizeof prev, "%s.prev", path());
    unlink(prev);
    unlink(path());
}

typedef struct stopper {
    int64_t step, epoch; /* stops at the end of these; -1: never  */
    int cancel;          /* by dl_ctx_cancel, not by the callback */
    int64_t last_epoch;  /* what was seen last                    */
    double last_loss;
} stopper;

static int32_t on_step(const dl_event *e, void *user)
{
    stopper *s = user;
    if (e->epoch * STEPS + e->step != s->step)
        return 0;
    if (s->cancel)
        dl_ctx_cancel(dl_module_ctx(e->model));
    return !s->cancel;
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    stopper *s = user;
    s->last_epoch = e->epoch;
    s->last_loss = e->loss;
    return e->epoch == s->epoch;
}

typedef struct setup {
    int optim;
    int32_t threads, workers, patience, restore;
    double min_delta;
    int32_t accumulate, plateau, average;
    double l1, l2;
} setup;

/* One call of dl_train in a context of its own; the weights it ends with. */
static dl_status run(const setup *how, stopper *s, int resume, const char *file, char hash[65])
{
    dl_ctx *ctx = make_ctx(how->threads);
    toy t;
    toy_make(&t, ctx, 60, how->optim);
    if (how->plateau)
        dl_optim_set_sched(
            t.optim, dl_sched_plateau(
                         ctx, &(dl_plateau_opts){.factor = 0.5, .patience = 1, .threshold = 0.1}));
    dl_average *average = how->average ? dl_average_new(t.net, 0.9) : NULL;
    dl_train_opts o = {.epochs = EPOCHS,
                       .accumulate = how->accumulate,
                       .average = average,
                       .l1 = how->l1,
                       .l2 = how->l2,
                       .batch = 8,
                       .workers = how->workers,
                       .patience = how->patience,
                       .restore_best = how->restore,
                       .min_delta = how->min_delta,
                       .valid = t.valid,
                       .checkpoint = file,
                       .resume = resume,
                       .on_step = on_step,
                       .on_epoch = on_epoch,
                       .user = s};
    dl_status status = dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o);
    if (status != DL_OK)
        expect_error(ctx, DL_EUSER, "");
    toy_hash(&t, hash);
    dl_average_drop(average);
    toy_end(&t);
    end_ctx(ctx);
    return status;
}

static void expect_same(const setup *how, const setup *after, stopper stop, const char *whole,
                        const stopper *end)
{
    char hash[65];
    stopper never = {.step = -1, .epoch = -1};
    begin_anew();
    assert_int_equal(run(how, &stop, 1, path(), hash), DL_EUSER);
    assert_string_not_equal(hash, whole);
    assert_int_equal(run(after, &never, 1, path(), hash), DL_OK);
    assert_string_equal(hash, whole);
    assert_int_equal(never.last_epoch, end->last_epoch);
    assert_true(never.last_loss == end->last_loss);
    /* A finished run that is resumed is finished, and has its weights. */
    assert_int_equal(run(after, &never, 1, path(), hash), DL_OK);
    assert_string_equal(hash, whole);
}

static void a_run_stopped_anywhere_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    static const setup how[] = {
        {.optim = TOY_ADAM, .threads = 1},
        {.optim = TOY_MOMENTUM, .threads = 1},
        {.optim = TOY_ADAM, .threads = 1, .patience = 3, .min_delta = 0.02},
        {.optim = TOY_ADAM, .threads = 1, .restore = 1},
        {.optim = TOY_ADAM, .threads = 1, .plateau = 1, .l1 = 1e-3, .l2 = 1e-3},
        {.optim = TOY_ADAM, .threads = 1, .restore = 1, .average = 1},
    };
    for (size_t k = 0; k < sizeof how / sizeof *how; k++) {
        char whole[65];
        stopper never = {.step = -1, .epoch = -1};
        assert_int_equal(run(&how[k], &never, 0, NULL, whole), DL_OK);
        for (int64_t step = 1; step <= 17; step += step < 9 ? 1 : 4)
            for (int cancel = 0; cancel < 2; cancel++)
                expect_same(&how[k], &how[k],
                            (stopper){.step = step, .epoch = -1, .cancel = cancel}, whole, &never);
        for (int64_t epoch = 0; epoch < 2; epoch++)
            expect_same(&how[k], &how[k], (stopper){.step = -1, .epoch = epoch}, whole, &never);
    }
}

static void threads_and_workers_change_nothing(void **state)
{
    (void)state;
    static const int32_t threads[] = {1, 2, 3, 4, 7};
    setup one = {.optim = TOY_ADAM, .threads = 1, .patience = 5};
    char whole[65], hash[65];
    stopper never = {.step = -1, .epoch = -1};
    assert_int_equal(run(&one, &never, 0, NULL, whole), DL_OK);
    for (int i = 0; i < 5; i++) {
        setup other = {.optim = TOY_ADAM, .threads = threads[i], .workers = i, .patience = 5};
        stopper again = never;
        assert_int_equal(run(&other, &again, 0, NULL, hash), DL_OK);
        assert_string_equal(hash, whole);
        expect_same(&one, &other, (stopper){.step = 13, .epoch = -1}, whole, &never);
        expect_same(&other, &one, (stopper){.step = 16, .epoch = -1}, whole, &never);
    }
}

static void a_run_stopped_many_times_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    setup how = {.optim = TOY_ADAM, .threads = 2, .patience = 9};
    char whole[65], hash[65];
    stopper never = {.step = -1, .epoch = -1};
    assert_int_equal(run(&how, &never, 0, NULL, whole), DL_OK);
    for (int64_t step = 3; step < STEPS * EPOCHS; step += 7) {
        stopper s = {.step = step, .epoch = -1, .cancel = step % 2 != 0};
        assert_int_equal(run(&how, &s, 1, path(), hash), DL_EUSER);
    }
    assert_int_equal(run(&how, &never, 1, path(), hash), DL_OK);
    assert_string_equal(hash, whole);
}

static void a_run_may_go_on_for_more_epochs(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    char hash[2][65];
    for (int k = 0; k < 2; k++) {
        toy t;
        ctx->fills = ctx->ticket = 0;
        toy_make(&t, ctx, 60, TOY_ADAM);
        dl_train_opts o = {.epochs = k ? 2 : 5, .checkpoint = path(), .resume = k};
        for (; o.epochs <= 5; o.epochs += 3, o.resume = 1)
            assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
        toy_hash(&t, hash[k]);
        toy_end(&t);
        begin_anew();
    }
    assert_string_equal(hash[0], hash[1]);
    end_ctx(ctx);
}

static void checkpoints_are_written_when_asked(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 3, .checkpoint = path()};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    assert_int_equal(scratch_entries(), 2); /* with .prev */
    begin_anew();
    o.save_epochs = 2;
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    assert_int_equal(scratch_entries(), 2); /* after epoch 1, and at the end */
    begin_anew();
    o.save_epochs = 5;
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    assert_int_equal(scratch_entries(), 1);
    toy_end(&t);
    end_ctx(ctx);
}

/* Resuming from what is at path() fails like this, and changes nothing. */
static void refuses(toy *t, dl_train_opts o, dl_status status, const char *part)
{
    char before[65], after[65];
    dl_ctx *ctx = t->ctx;
    uint64_t ticket = ctx->ticket;
    int64_t steps = dl_optim_steps(t->optim), live = dl_ctx_live(ctx);
    toy_hash(t, before);
    o.checkpoint = o.checkpoint ? o.checkpoint : path();
    assert_int_equal(dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train, &o), status);
    expect_error(ctx, status, part);
    toy_hash(t, after);
    assert_string_equal(before, after);
    assert_int_equal(dl_optim_steps(t->optim), steps);
    assert_true(ctx->ticket == ticket);
    assert_int_equal(dl_ctx_live(ctx), live);
}

static void the_checkpoint_carries_settings_and_options(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 1,
                       .l2 = 0.25,
                       .valid = t.valid,
                       .patience = 3,
                       .checkpoint = path(),
                       .settings = "{\"net\": \"n\xc3\xa4tz\"}"};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    dl_safetensors *f = dl_safetensors_open(ctx, path(), NULL);
    assert_string_equal(dl_safetensors_meta(f, "text.settings"), o.settings);
    assert_string_equal(dl_safetensors_meta(f, "text.options"),
                        "epochs=1 accumulate=1 patience=3 min_delta=0 restore_best=1 l1=0 l2=0.25");
    assert_string_equal(dl_safetensors_meta(f, "dl.version"), dl_version());
    dl_safetensors_drop(f);
    refuses(&t, (dl_train_opts){.settings = "\xff"}, DL_EINVAL, "settings is no UTF-8");
    toy_end(&t);
    end_ctx(ctx);
}

/* As a crash leaves it where there are no hard links: beginning would replace what is left. */
static void a_checkpoint_that_is_only_there_as_prev_is_not_passed_over(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    char prev[512];
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 1, .checkpoint = path(), .resume = 1};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    snprintf(prev, sizeof prev, "%s.prev", path());
    assert_int_equal(rename(path(), prev), 0);
    refuses(&t, o, DL_EIO, "move that here to go on from it, or remove it to begin anew");
    assert_int_equal(rename(prev, path()), 0);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    toy_end(&t);
    end_ctx(ctx);
}

static void a_checkpoint_of_something_else_changes_nothing(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 1, .batch = 8, .resume = 1};
    /* One by hand, with the same parts. */
    dl_loader *l = dl_loader_new(t.train, &(dl_loader_opts){.batch = 8, .shuffle = 1});
    dl_ckpt *c = dl_ckpt_new(ctx);
    dl_ckpt_add_module(c, "net", t.net);
    dl_ckpt_add_optim(c, "optim", t.optim);
    dl_ckpt_add_loader(c, "loader", l);
    assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
    toy_change(&t);
    refuses(&t, o, DL_EFORMAT, "not that of a training run");
    static const char *const bad[] = {"",
                                      "1 2 3 4 5 6",
                                      "1 2 3 4 5 6 7 8",
                                      "1 2 -3 4 5 6 7",
                                      "1 2 0.5 4 5 6 7",
                                      "1 2 3 4 5 inf 7",
                                      "1 2 3 nan 5 6 7",
                                      "1 2 3 4 5 1e300 7",
                                      "1 2 3 x 5 6 7"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dl_ckpt_set_text(c, "train", bad[i]);
        assert_int_equal(dl_ckpt_save(c, path()), DL_OK);
        toy_change(&t);
        refuses(&t, o, DL_EFORMAT, "\"text.train\" is damaged");
    }
    dl_ckpt_drop(c);
    dl_loader_drop(l);
    toy_end(&t);
    end_ctx(ctx);
}

static void a_run_that_differs_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t, u;
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_train_opts o = {.epochs = 1, .batch = 8, .checkpoint = path(), .valid = t.valid};
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &o), DL_OK);
    o.resume = 1;
    toy_change(&t);
    dl_train_opts p = o;
    p.patience = 2;
    refuses(&t, p, DL_ESTATE, "kept no best weights");
    p = o;
    p.batch = 7;
    refuses(&t, p, DL_ESTATE, "in batches of 8");
    p = o;
    p.no_shuffle = 1;
    refuses(&t, p, DL_ESTATE, "shuffled");
    toy_make(&u, ctx, 58, TOY_ADAM);
    refuses(&u, o, DL_ESTATE, "60 examples");
    toy_end(&u);
    toy_make(&u, ctx, 60, TOY_MOMENTUM);
    refuses(&u, o, DL_ESTATE, "is adam");
    toy_end(&u);
    toy_make(&u, ctx, 60, TOY_ADAM);
    dl_optim_drop(u.optim);
    dl_module_drop(u.net);
    u.net = dl_layer_dense(ctx, 4, 3, NULL);
    u.optim = dl_optim_adam(u.net, NULL);
    refuses(&u, o, DL_EFORMAT, "missing");
    toy_end(&u);
    dl_ctx_opts with = {.seed = 43, .threads = 1};
    dl_ctx *other = dl_ctx_new(&with);
    toy_make(&u, other, 60, TOY_ADAM);
    o.valid = NULL;
    refuses(&u, o, DL_ESTATE, "seed 42, this context has 43");
    toy_end(&u);
    end_ctx(other);
    toy_end(&t);
    end_ctx(ctx);
}

static void a_place_that_cannot_be_written_is_refused_before_training(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    refuses(&t, (dl_train_opts){.checkpoint = scratch_at("no/such/folder.ckpt")}, DL_EIO, "folder");
    refuses(&t, (dl_train_opts){.checkpoint = scratch_folder()}, DL_EIO, scratch_folder());
    assert_int_equal(scratch_entries(), 0);
    toy_end(&t);
    end_ctx(ctx);
}

static dl_status resume(dl_ctx *ctx, void *user)
{
    toy *t = user;
    dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train,
             &(dl_train_opts){.epochs = 1,
                              .batch = 8,
                              .checkpoint = path(),
                              .resume = 1,
                              .patience = 3,
                              .valid = t->valid});
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    toy t;
    char saved[65], changed[65], hash[65];
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(resume(ctx, &t), DL_OK);
    toy_hash(&t, saved);
    toy_change(&t);
    toy_hash(&t, changed);
    for (int n = 1;; n++) {
        int64_t live = dl_ctx_live(ctx);
        dl__memory_fail(ctx, n, 0);
        dl_status status = resume(ctx, &t);
        dl__memory_fail(ctx, 0, 0);
        if (status != DL_OK)
            expect_error(ctx, DL_ENOMEM, "");
        toy_hash(&t, hash);
        if (status == DL_OK)
            break;
        assert_string_equal(hash, changed);
        assert_int_equal(dl_ctx_live(ctx), live);
    }
    assert_string_equal(hash, saved);
    toy_end(&t);
    end_ctx(ctx);
}

/* Three of the 8 batches of an epoch make a step: 3 steps an epoch, the last of two batches. */
static void a_run_with_all_options_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    const setup how = {.optim = TOY_MOMENTUM,
                       .threads = 1,
                       .accumulate = 3,
                       .plateau = 1,
                       .average = 1,
                       .restore = 1,
                       .l2 = 1e-3};
    setup other = how;
    other.threads = 3;
    char whole[65];
    stopper never = {.step = -1, .epoch = -1};
    assert_int_equal(run(&how, &never, 0, NULL, whole), DL_OK);
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        for (int64_t step = 1; step <= 3; step++) /* on_step counts 8 to an epoch */
            expect_same(&how, &other,
                        (stopper){.step = epoch * STEPS + step, .epoch = -1, .cancel = step == 2},
                        whole, &never);
        expect_same(&other, &how, (stopper){.step = -1, .epoch = epoch}, whole, &never);
    }
}

static void what_makes_a_step_must_be_the_same(void **state)
{
    (void)state;
    char hash[65];
    setup how = {.optim = TOY_ADAM, .threads = 1, .accumulate = 2};
    stopper stop = {.step = 1, .epoch = -1};
    assert_int_equal(run(&how, &stop, 0, path(), hash), DL_EUSER);
    dl_ctx *ctx = make_ctx(1);
    toy t;
    toy_make(&t, ctx, 60, TOY_ADAM);
    refuses(&t, (dl_train_opts){.batch = 8, .resume = 1, .accumulate = 3}, DL_ESTATE,
            "2 batches in a step (accumulate), this one has 3");
    refuses(&t, (dl_train_opts){.batch = 8, .resume = 1}, DL_ESTATE, "this one has 1");
    toy u;
    toy_make(&u, ctx, 60, TOY_ADAM);
    dl_average *a = dl_average_new(u.net, 0);
    refuses(&t, (dl_train_opts){.batch = 8, .average = a}, DL_EINVAL, "average is of another net");
    dl_average_drop(a);
    a = dl_average_new(t.net, 0);
    refuses(&t, (dl_train_opts){.batch = 8, .resume = 1, .accumulate = 2, .average = a}, DL_EFORMAT,
            "average");
    dl_average_drop(a);
    toy_end(&u);
    toy_end(&t);
    end_ctx(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(a_run_stopped_anywhere_goes_on_with_the_same_bits),
        with_scratch(threads_and_workers_change_nothing),
        with_scratch(a_run_stopped_many_times_goes_on_with_the_same_bits),
        with_scratch(a_run_may_go_on_for_more_epochs),
        with_scratch(checkpoints_are_written_when_asked),
        with_scratch(the_checkpoint_carries_settings_and_options),
        with_scratch(a_checkpoint_that_is_only_there_as_prev_is_not_passed_over),
        with_scratch(a_checkpoint_of_something_else_changes_nothing),
        with_scratch(a_run_that_differs_is_refused_and_changes_nothing),
        with_scratch(a_place_that_cannot_be_written_is_refused_before_training),
        with_scratch(a_run_with_all_options_goes_on_with_the_same_bits),
        with_scratch(what_makes_a_step_must_be_the_same),
        with_scratch(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
