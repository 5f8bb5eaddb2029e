/* After each batch shape was seen once, neither a training step nor inference takes memory from the
 * system. */
#include "data/loader.h"
#include "dl/dl.h"
#include "support/support.h"

enum { EXAMPLES = 75, BATCH = 32, EPOCHS = 40 }; /* batches of 32, 32 and 11 */

typedef struct trainer {
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_loader *loader;
} trainer;

static dl_module *make_net(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, 24, 40, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.5, NULL),
                       dl_layer_residual(ctx, dl_layer_dense(ctx, 40, 40, NULL), NULL),
                       dl_layer_log_softmax(ctx, -1), dl_layer_dense(ctx, 40, 5, NULL)));
}

static void begin(trainer *t, dl_ctx *ctx, int32_t workers, int adam)
{
    dl_tensor *field[] = {random_tensor(ctx, DL_F32, 1, DL_SHAPE(EXAMPLES, 4, 6)),
                          random_tensor(ctx, DL_U8, 2, DL_SHAPE(EXAMPLES))};
    uint8_t *label = dl_tensor_edit(field[1]);
    for (int64_t i = 0; i < EXAMPLES; i++)
        label[i] = (uint8_t)(i % 5);
    dl_dataset *data = dl_dataset_tensors(field, 2);
    t->ctx = ctx;
    t->net = make_net(ctx);
    t->optim = adam ? dl_optim_adam(t->net, &(dl_adam_opts){.amsgrad = 1})
                    : dl_optim_sgd(t->net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9});
    dl_optim_clip(t->optim, 1, 0.5);
    t->loader =
        dl_loader_new(data, &(dl_loader_opts){.batch = BATCH, .shuffle = 1, .workers = workers});
    dl_dataset_drop(data);
    expect_ok(ctx);
}

static void end(trainer *t)
{
    dl_loader_drop(t->loader);
    dl_optim_drop(t->optim);
    dl_module_drop(t->net);
}

static void train_epoch(trainer *t)
{
    dl_tensor *field[2];
    int32_t more = 1;
    while (more == 1) {
        int32_t mark = dl_scope_begin(t->ctx);
        if ((more = dl_loader_next(t->loader, field, 2)) == 1) {
            dl_module_zero_grad(t->net);
            dl_backward(dl_cross_entropy(dl_module_forward(t->net, field[0]), field[1], NULL));
            dl_optim_step(t->optim);
        }
        dl_scope_end(t->ctx, mark);
    }
    expect_ok(t->ctx);
}

typedef struct level {
    long long takes;
    int64_t system, live, used;
} level;

static level level_of(const dl_ctx *ctx)
{
    return (level){ctx->memory.takes, dl_ctx_bytes(ctx, 2), dl_ctx_live(ctx), dl_ctx_bytes(ctx, 0)};
}

static void assert_level(const dl_ctx *ctx, const level *wanted, int round)
{
    level now = level_of(ctx);
    if (now.takes != wanted->takes || now.system != wanted->system || now.live != wanted->live ||
        now.used != wanted->used)
        fail_msg("round %d: %lld blocks taken from the system (wanted %lld), %lld bytes (%lld), "
                 "%lld objects (%lld), %lld bytes in use (%lld)",
                 round, now.takes, wanted->takes, (long long)now.system, (long long)wanted->system,
                 (long long)now.live, (long long)wanted->live, (long long)now.used,
                 (long long)wanted->used);
}

static void steady(dl_ctx *ctx, int32_t workers, int adam)
{
    trainer t;
    begin(&t, ctx, workers, adam);
    train_epoch(&t);
    const level after_one = level_of(ctx);
    for (int i = 1; i < EPOCHS; i++) {
        train_epoch(&t);
        assert_level(ctx, &after_one, i);
    }
    assert_true(dl_optim_steps(t.optim) > 100);
    end(&t);
}

static void a_training_step_takes_nothing_from_the_system(void **state)
{
    steady(*state, 0, 0);
}

static void nor_does_one_of_adam(void **state)
{
    steady(*state, 0, 1);
}

static void nor_with_threads_that_load_ahead(void **state)
{
    steady(*state, 3, 0);
}

static void nor_on_one_thread(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    steady(ctx, 0, 1);
    end_ctx(ctx);
}

static void nor_on_the_plain_engine(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.threads = 2, .engine = DL_ENGINE_PLAIN});
    steady(ctx, 2, 0);
    end_ctx(ctx);
}

static void infer(dl_ctx *ctx, dl_module *net, dl_tensor *x)
{
    for (int64_t n = 1; n <= 9; n += 4) {
        int32_t mark = dl_scope_begin(ctx);
        float y[9 * 5];
        dl_tensor_get(dl_module_forward(net, dl_slice(x, 0, 0, n, 1)), y, (size_t)n * 20);
        dl_scope_end(ctx, mark);
    }
    expect_ok(ctx);
}

static void inference_takes_nothing_from_the_system(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *frozen = dl_module_freeze(net);
    dl_tensor *x = random_tensor(ctx, DL_F32, 3, DL_SHAPE(9, 4, 6));
    infer(ctx, net, x); /* recording, as in training */
    infer(ctx, frozen, x);
    const level first = level_of(ctx);
    for (int i = 1; i < 100; i++) {
        infer(ctx, net, x);
        infer(ctx, frozen, x);
        assert_level(ctx, &first, i);
    }
    dl_module_drop(frozen);
    dl_module_drop(net);
}

/* ---- dl_train -------------------------------------------------------------------------------- */

enum { WARM = 2, TRAINED = 12, PLACES = 8 };

/* The levels at the steps and at the end of the last epoch of the warm-up. */
typedef struct levels {
    level at[PLACES];
    int compared;
} levels;

static int32_t look(const dl_event *e, levels *l, int64_t place)
{
    const dl_ctx *ctx = dl_module_ctx(e->model);
    assert_true(place < PLACES);
    if (e->epoch < WARM)
        l->at[place] = level_of(ctx);
    else
        assert_level(ctx, &l->at[place], (int)e->epoch);
    l->compared += e->epoch >= WARM;
    return 0;
}

static int32_t on_step(const dl_event *e, void *user)
{
    return look(e, user, e->step);
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    return look(e, user, 0);
}

/* All that a step may do, except for loading ahead: how far that got is chance. */
static void train_steadily(dl_ctx *ctx, int lbfgs, dl_train_opts o)
{
    trainer t;
    levels l = {.compared = 0};
    dl_tensor *field[] = {random_tensor(ctx, DL_F32, 3, DL_SHAPE(20, 4, 6)),
                          dl_tensor_give(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE(20)))};
    begin(&t, ctx, 0, 1);
    dl_optim *solver = lbfgs ? dl_optim_lbfgs(t.net, &(dl_lbfgs_opts){.history = 4}) : NULL;
    dl_dataset *valid = dl_dataset_tensors(field, 2);
    dl_average *average = dl_average_new(t.net, 0.9);
    o.epochs = TRAINED;
    o.batch = BATCH;
    o.valid = valid;
    o.average = average;
    o.on_step = on_step;
    o.on_epoch = on_epoch;
    o.user = &l;
    assert_int_equal(
        dl_train(t.net, lbfgs ? solver : t.optim, dl_loss_classify, NULL, t.loader->dataset, &o),
        DL_OK);
    assert_int_equal(l.compared, (TRAINED - WARM) * (o.accumulate == 2 ? 2 + 1 : 3 + 1));
    dl_average_drop(average);
    dl_dataset_drop(valid);
    dl_optim_drop(solver);
    end(&t);
}

static void nor_does_one_of_dl_train_with_all_options(void **state)
{
    train_steadily(*state, 0,
                   (dl_train_opts){.accumulate = 2, .l1 = 1e-4, .l2 = 1e-3, .restore_best = 1});
}

static void nor_does_one_of_lbfgs(void **state)
{
    train_steadily(*state, 1, (dl_train_opts){.accumulate = 2, .l2 = 1e-3});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_training_step_takes_nothing_from_the_system),
        with_ctx(nor_does_one_of_adam),
        with_ctx(nor_with_threads_that_load_ahead),
        cmocka_unit_test(nor_on_one_thread),
        cmocka_unit_test(nor_on_the_plain_engine),
        with_ctx(nor_does_one_of_dl_train_with_all_options),
        with_ctx(nor_does_one_of_lbfgs),
        with_ctx(inference_takes_nothing_from_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
