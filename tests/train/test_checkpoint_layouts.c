/* Checkpoints of earlier layouts load, and training goes on from them with the same bits.
 *
 * golden/checkpoint_1.ckpt is of layout 1: the library at commit fc31a02 wrote it in this very run,
 * stopped after step 19. golden/checkpoint_2.ckpt is of layout 2: the library at commit a41415e
 * wrote it in the run of conv_train, stopped after step 7. What comes after that step may get other
 * bits when convolutions do. */
#include "support/support.h"
#include <stdio.h>
#include "dl/checkpoint.h"
#include "dl/io.h"
#include "optim/optim.h"
#include "support/scratch.h"
#include "support/tiny_pictures.h"
#include "support/toy.h"

enum { STEPS = 8, STOP = 19, EPOCHS = 4 }; /* steps of an epoch, and where the file was written */

/* The weights that the library of then had after step 19, and at the end of the run. */
static const char at_stop[] = "97436e9428dc5b909cb0dea9cf408217b72f443ff94f390cc9126a9c2575bd05";
static const char at_end[] = "a8d96c85bee67f79e6e6b54026adfe58a7c7c1c94fb40fa9d261677fab7d2c02";

static const char *path(void)
{
    return scratch_at("run.ckpt");
}

/* The engine that has the same bits everywhere. */
static void make(toy *t)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.threads = 1, .engine = DL_ENGINE_PLAIN});
    assert_non_null(ctx);
    toy_make(t, ctx, 60, TOY_ADAM);
}

static void end(toy *t)
{
    dl_ctx *ctx = t->ctx;
    toy_end(t);
    end_ctx(ctx);
}

/* ---- layout 1 -------------------------------------------------------------------------------- */

static int32_t stop(const dl_event *e, void *user)
{
    return e->epoch * STEPS + e->step == *(const int64_t *)user;
}

/* Trains t, from the file if it is there, up to a step (0: to the end). */
static dl_status train(toy *t, int64_t step)
{
    return dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train,
                    &(dl_train_opts){.epochs = EPOCHS,
                                     .batch = 8,
                                     .valid = t->valid,
                                     .restore_best = 1,
                                     .checkpoint = path(),
                                     .resume = 1,
                                     .on_step = stop,
                                     .user = &step});
}

static void bring_file(const char *name)
{
    static char data[1 << 16];
    char from[512];
    snprintf(from, sizeof from, "%s/golden/%s", DL_TESTS_DIR, name);
    const size_t n = scratch_get(from, data, sizeof data);
    assert_true(n > 0 && n < sizeof data);
    scratch_put(path(), data, n);
}

static void the_file_is_of_layout_1(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_safetensors *f = dl_safetensors_open(ctx, DL_TESTS_DIR "/golden/checkpoint_1.ckpt", NULL);
    assert_non_null(f);
    assert_memory_equal(dl_safetensors_meta(f, "dl.checkpoint"), "version=1 ", 10);
    assert_int_equal(dl_safetensors_find(f, "optim.optim#sched"), -1);
    dl_safetensors_drop(f);
    end_ctx(ctx);
}

static void its_parts_load(void **state)
{
    (void)state;
    char hash[65];
    toy t;
    make(&t);
    bring_file("checkpoint_1.ckpt");
    dl_loader *loader = dl_loader_new(t.train, &(dl_loader_opts){.batch = 8, .shuffle = 1});
    dl_ckpt *c = dl_ckpt_new(t.ctx);
    assert_int_equal(dl_ckpt_add_module(c, "net", t.net), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(c, "optim", t.optim), DL_OK);
    assert_int_equal(dl_ckpt_add_loader(c, "loader", loader), DL_OK);
    assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
    toy_hash(&t, hash);
    assert_string_equal(hash, at_stop);
    assert_int_equal(dl_optim_steps(t.optim), STOP);
    assert_int_equal(dl_loader_epoch(loader), STOP / STEPS);
    assert_int_equal(dl_loader_position(loader), STOP % STEPS);
    dl_ckpt_drop(c);
    dl_loader_drop(loader);
    end(&t);
}

static void training_goes_on_from_it_with_the_same_bits(void **state)
{
    (void)state;
    char hash[65];
    toy t;
    make(&t);
    bring_file("checkpoint_1.ckpt");
    assert_int_equal(train(&t, 0), DL_OK);
    assert_int_equal(dl_optim_steps(t.optim), EPOCHS * STEPS);
    toy_hash(&t, hash);
    assert_string_equal(hash, at_end);
    end(&t);
}

/* So the file holds what training needs, and not by chance: a run that was never stopped. */
static void a_run_of_today_has_them_too(void **state)
{
    (void)state;
    char hash[65];
    toy t;
    make(&t);
    assert_int_equal(train(&t, 0), DL_OK);
    toy_hash(&t, hash);
    assert_string_equal(hash, at_end);
    end(&t);
}

/* What layout 1 does not have is asked for where it is needed. */
static void schedules_that_were_told_something_want_layout_2(void **state)
{
    (void)state;
    char hash[65], before[65];
    toy t;
    make(&t);
    bring_file("checkpoint_1.ckpt");
    toy_hash(&t, before);
    dl_optim_set_sched(t.optim, dl_sched_plateau(t.ctx, NULL));
    assert_int_equal(train(&t, 0), DL_ESTATE);
    assert_says(t.ctx, DL_ESTATE, "the schedule of optimizer \"optim\" was another one there");
    toy_hash(&t, hash);
    assert_string_equal(hash, before);
    end(&t);
}

/* ---- layout 2 -------------------------------------------------------------------------------- */

static const char conv_at_stop[] =
    "54fa53f0ae6a30589524f2a5790e76eb033b4bcad223f5e429521e067b71e062";

static const dl_plateau_opts halves = {.factor = 0.5, .patience = 1};
enum { CONV_STEPS = TINY_EXAMPLES / TINY_BATCH, CONV_STOP = 7, CONV_EPOCHS = 3 };

static int32_t conv_stop(const dl_event *e, void *user)
{
    return e->epoch * CONV_STEPS + e->step == *(const int64_t *)user;
}

/* A cosine, and a plateau that is told of each epoch. */
static void conv_make(tiny *t, dl_ctx *ctx)
{
    tiny_make(t, ctx, CONV_EPOCHS * CONV_STEPS);
    dl_sched *both[] = {dl_sched_cosine(ctx, 2, CONV_EPOCHS * CONV_STEPS, 0.1),
                        dl_sched_plateau(ctx, &halves)};
    assert_int_equal(dl_optim_set_sched(t->optim, dl_sched_product(ctx, both, 2)), DL_OK);
}

static dl_status conv_train(tiny *t, int64_t step)
{
    return dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train,
                    &(dl_train_opts){.epochs = CONV_EPOCHS,
                                     .batch = TINY_BATCH,
                                     .valid = t->valid,
                                     .patience = 3,
                                     .checkpoint = path(),
                                     .resume = 1,
                                     .settings = "a net of layout 2",
                                     .on_step = conv_stop,
                                     .user = &step});
}

static void a_convolutional_net_of_layout_2_loads_and_goes_on(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 42, .threads = 1, .engine = DL_ENGINE_PLAIN});
    char hash[65];
    tiny t;
    conv_make(&t, ctx);
    bring_file("checkpoint_2.ckpt");
    dl_loader *loader =
        dl_loader_new(t.train, &(dl_loader_opts){.batch = TINY_BATCH, .shuffle = 1});
    dl_ckpt *c = dl_ckpt_new(ctx);
    assert_int_equal(dl_ckpt_add_module(c, "net", t.net), DL_OK);
    assert_int_equal(dl_ckpt_add_optim(c, "optim", t.optim), DL_OK);
    assert_int_equal(dl_ckpt_add_loader(c, "loader", loader), DL_OK);
    assert_int_equal(dl_ckpt_load(c, path()), DL_OK);
    assert_int_equal(dl_module_hash(t.net, hash), DL_OK);
    assert_string_equal(hash, conv_at_stop);
    assert_int_equal(dl_optim_steps(t.optim), CONV_STOP);
    assert_int_equal(dl_loader_epoch(loader), CONV_STOP / CONV_STEPS);
    assert_int_equal(dl_loader_position(loader), CONV_STOP % CONV_STEPS);
    assert_string_equal(dl_ckpt_text(c, "settings"), "a net of layout 2");
    dl_ckpt_drop(c);
    dl_loader_drop(loader);
    assert_int_equal(conv_train(&t, 0), DL_OK);
    assert_int_equal(dl_optim_steps(t.optim), CONV_EPOCHS * CONV_STEPS);
    tiny_end(&t);
    end_ctx(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(the_file_is_of_layout_1),
        with_scratch(its_parts_load),
        with_scratch(training_goes_on_from_it_with_the_same_bits),
        with_scratch(a_run_of_today_has_them_too),
        with_scratch(schedules_that_were_told_something_want_layout_2),
        with_scratch(a_convolutional_net_of_layout_2_loads_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
