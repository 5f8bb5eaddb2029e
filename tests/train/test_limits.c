/* Training that ends after so many steps, or so many seconds. */
#include "support/support.h"
#include <time.h>
#include <unistd.h>
#include "support/scratch.h"
#include "support/toy.h"

enum { STEPS = 8 }; /* batches of an epoch */

typedef struct count {
    int steps, epochs, wait; /* wait: milliseconds that a step takes */
} count;

static int32_t on_step(const dl_event *e, void *user)
{
    count *c = user;
    (void)e;
    c->steps++;
    nanosleep(&(struct timespec){.tv_nsec = c->wait * 1000000L}, NULL);
    return 0;
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    (void)e;
    ((count *)user)->epochs++;
    return 0;
}

static dl_status train(const toy *t, count *c, dl_train_opts o)
{
    o.batch = 8;
    o.on_step = on_step;
    o.on_epoch = on_epoch;
    o.user = c;
    o.checkpoint = scratch_at("run.ckpt");
    o.resume = 1;
    c->steps = c->epochs = 0;
    return dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train, &o);
}

static void expect(const count *c, int steps, int epochs)
{
    assert_int_equal(c->steps, steps);
    assert_int_equal(c->epochs, epochs);
}

static void training_ends_after_so_many_steps_and_goes_on_with_the_same_bits(void **state)
{
    dl_ctx *ctx = *state;
    count c = {0};
    char whole[65], hash[65];
    toy t;
    ctx->ticket = ctx->fills = 0;
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 3, .batch = 8}),
                     DL_OK);
    toy_hash(&t, whole);
    toy_end(&t);

    ctx->ticket = ctx->fills = 0;
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = 5}), DL_OK);
    expect(&c, 5, 0);
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = 5}), DL_OK);
    expect(&c, 0, 0); /* all of them are done */
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = STEPS}), DL_OK);
    expect(&c, 3, 1); /* an epoch that is whole has its end */
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = STEPS}), DL_OK);
    expect(&c, 0, 0);
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = 2 * STEPS + 1}),
                     DL_OK);
    expect(&c, STEPS + 1, 1);
    assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 3, .max_steps = INT64_MAX}), DL_OK);
    expect(&c, STEPS - 1, 1);
    toy_hash(&t, hash);
    assert_string_equal(hash, whole);
    toy_end(&t);
}

static void training_ends_when_its_time_is_over_and_goes_on_with_the_same_bits(void **state)
{
    dl_ctx *ctx = *state;
    count c = {.wait = 2};
    char whole[65], hash[65];
    toy t;
    ctx->ticket = ctx->fills = 0;
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                              &(dl_train_opts){.epochs = 2, .batch = 8}),
                     DL_OK);
    toy_hash(&t, whole);
    toy_end(&t);

    ctx->ticket = ctx->fills = 0;
    toy_make(&t, ctx, 60, TOY_ADAM);
    int calls = 0, steps = 0, epochs = 0;
    while (dl_optim_steps(t.optim) < 2 * STEPS && calls++ < 100) {
        assert_int_equal(train(&t, &c, (dl_train_opts){.epochs = 2, .max_seconds = 0.005}), DL_OK);
        assert_true(c.steps >= 1 && c.steps <= 3); /* no two steps after the time */
        steps += c.steps;
        epochs += c.epochs;
    }
    assert_int_equal(steps, 2 * STEPS);
    assert_int_equal(epochs, 2);
    assert_true(calls >= 6);
    toy_hash(&t, hash);
    assert_string_equal(hash, whole);
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(training_ends_after_so_many_steps_and_goes_on_with_the_same_bits),
        with_scratch_ctx(training_ends_when_its_time_is_over_and_goes_on_with_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
