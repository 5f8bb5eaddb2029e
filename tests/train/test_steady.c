/* After each shape of batch was seen once, a training step takes nothing from the system. */
#include "support/support.h"
#include "support/toy.h"

typedef struct watch {
    long long takes, live; /* after the second epoch */
    int64_t steps, objects;
} watch;

static int32_t on_step(const dl_event *e, void *user)
{
    watch *w = user;
    dl_ctx *ctx = dl_module_ctx(e->model);
    w->steps++;
    if (e->epoch < 2)
        return 0;
    if (e->epoch == 2 && e->step == 1) {
        w->takes = ctx->memory.takes;
        w->live = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
        w->objects = dl_ctx_live(ctx);
    }
    assert_true(ctx->memory.takes == w->takes);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_LIVE) == w->live);
    assert_true(dl_ctx_live(ctx) == w->objects);
    return 0;
}

static void run(dl_ctx *ctx, int optim)
{
    toy t;
    watch w = {0};
    toy_make(&t, ctx, 60, optim);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 6,
                                               .batch = 16, /* the last one has 12 */
                                               .on_step = on_step,
                                               .user = &w,
                                               .patience = 100,
                                               .valid = t.valid}),
                     DL_OK);
    assert_int_equal(w.steps, 24);
    toy_end(&t);
}

static void a_step_takes_nothing_from_the_system(void **state)
{
    dl_ctx *ctx = *state;
    run(ctx, TOY_ADAM);
    run(ctx, TOY_MOMENTUM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_ctx(a_step_takes_nothing_from_the_system)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
