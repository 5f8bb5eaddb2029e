/* Callbacks in general. Those that write files: test_callback_*.c. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "dl/callbacks.h"
#include "support/scratch.h"
#include "support/toy.h"

typedef struct listener {
    char told[64]; /* b, s, e, x: begin, step, epoch, end */
    char stop;     /* the event at which it returns 1     */
    char fail;     /* the event at which it leaves an error */
    int released;
    dl_event last;
} listener;

static int32_t hear(listener *l, char what, const dl_event *e)
{
    const char text[] = {what, 0};
    strcat(l->told, text);
    l->last = *e;
    if (l->fail == what)
        dl_fail(dl_module_ctx(e->model), DL_ELIMIT, "listener: enough");
    return l->stop == what;
}

static int32_t on_begin(const dl_event *e, void *user)
{
    return hear(user, 'b', e);
}

static int32_t on_step(const dl_event *e, void *user)
{
    return hear(user, 's', e);
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    return hear(user, 'e', e);
}

static int32_t on_end(const dl_event *e, void *user)
{
    return hear(user, 'x', e);
}

static void release(void *user)
{
    ((listener *)user)->released++;
}

static const dl_callback_opts all = {
    .on_begin = on_begin, .on_step = on_step, .on_epoch = on_epoch, .on_end = on_end};

/* Two steps an epoch, two epochs, two listeners. */
static dl_status train(const toy *t, listener *a, listener *b, dl_train_opts o)
{
    dl_callback *list[] = {dl_callback_function(t->ctx, &all, a, release),
                           dl_callback_function(t->ctx, &all, b, release)};
    o.epochs = 2;
    o.batch = 30;
    o.callbacks = list;
    o.n_callbacks = 2;
    const dl_status status = dl_train(t->net, t->optim, dl_loss_classify, NULL, t->train, &o);
    dl_callback_drop(list[0]);
    dl_callback_drop(list[1]);
    assert_int_equal(a->released, 1);
    return status;
}

static void callbacks_hear_of_everything_in_order(void **state)
{
    toy t;
    listener a = {.stop = 'x'}, b = {.released = 0}; /* what on_end returns does not count */
    toy_make(&t, *state, 60, TOY_ADAM);
    assert_int_equal(train(&t, &a, &b, (dl_train_opts){.valid = t.valid}), DL_OK);
    assert_string_equal(a.told, "bssessex");
    assert_string_equal(b.told, "bssessex");
    assert_true(a.last.epoch == 1 && a.last.valid_loss > 0 && a.last.model == t.net);
    toy_end(&t);
}

static void one_that_stops_lets_the_others_hear_of_it(void **state)
{
    dl_ctx *ctx = *state;
    static const char at[] = "bse";
    static const char *const told[] = {"bx", "bsx", "bssex"}, *const says[] = {"on_begin",
                                                                               "on_step",
                                                                               "on_epoch"};
    for (int i = 0; i < 3; i++) {
        toy t;
        listener a = {.stop = at[i]}, b = {.released = 0};
        toy_make(&t, ctx, 60, TOY_ADAM);
        assert_int_equal(train(&t, &a, &b, (dl_train_opts){0}), DL_EUSER);
        expect_error(ctx, DL_EUSER, says[i]);
        assert_string_equal(a.told, told[i]);
        assert_string_equal(b.told, told[i]);
        toy_end(&t);
    }
}

static void an_error_of_a_callback_comes_after_the_checkpoint_is_saved(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("run.ckpt");
    char first[65], again[65];
    toy t;
    listener a = {.fail = 's'}, b = {.released = 0}, c = {.released = 0}, d = {.released = 0};
    toy_make(&t, ctx, 60, TOY_ADAM);
    assert_int_equal(train(&t, &a, &b, (dl_train_opts){.checkpoint = path}), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "listener: enough");
    assert_string_equal(a.told, "bsx");
    assert_string_equal(b.told, "bx"); /* it could do nothing while the error stands */
    toy_hash(&t, first);
    assert_int_equal(scratch_entries(), 1);
    toy_change(&t);
    assert_int_equal(train(&t, &c, &d, (dl_train_opts){.checkpoint = path, .resume = 1}), DL_OK);
    assert_string_equal(c.told, "bsessex");
    toy_hash(&t, again);
    toy_end(&t);
    assert_string_not_equal(first, again);
}

static void what_cannot_be_a_callback_is_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    toy t;
    listener a = {.released = 0};
    toy_make(&t, ctx, 60, TOY_ADAM);
    dl_callback *mine[] = {NULL}, *foreign[] = {dl_callback_function(other, &all, &a, release)};
    const dl_train_opts bad[] = {{.n_callbacks = 1},
                                 {.n_callbacks = -1},
                                 {.n_callbacks = 1, .callbacks = mine},
                                 {.n_callbacks = 1, .callbacks = foreign}};
    static const char *const text[] = {"1 callbacks at NULL", "n_callbacks -1",
                                       "callback 0 is NULL", "callback 0 is of another context"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train, &bad[i]),
                         DL_EINVAL);
        expect_error(ctx, DL_EINVAL, text[i]);
    }
    dl_callback_drop(foreign[0]);
    assert_string_equal(a.told, "");
    assert_null(dl_callback_function(ctx, NULL, &a, release));
    expect_error(ctx, DL_EINVAL, "callback_function: the functions are NULL");
    assert_null(dl_callback_function(ctx, &(dl_callback_opts){.reserved = {1}}, &a, release));
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_int_equal(a.released, 3);
    assert_null(dl_callback_csv(ctx, NULL));
    expect_error(ctx, DL_EINVAL, "callback_csv: the path is NULL");
    assert_null(dl_callback_tensorboard(ctx, ""));
    expect_error(ctx, DL_EINVAL, "callback_tensorboard: the folder is empty");
    assert_null(dl_callback_checkpoint(ctx, "", NULL));
    expect_error(ctx, DL_EINVAL, "callback_checkpoint: the pattern is empty");
    assert_null(dl_callback_checkpoint(ctx, "x", &(dl_callback_checkpoint_opts){.keep = 1}));
    expect_error(ctx, DL_EINVAL, "keep is 1, but there is no \"{epoch}\"");
    assert_null(dl_callback_checkpoint(ctx, "x", &(dl_callback_checkpoint_opts){.every = -1}));
    expect_error(ctx, DL_EINVAL, "every is -1");
    assert_null(dl_callback_checkpoint(ctx, "x", &(dl_callback_checkpoint_opts){.best = 2}));
    expect_error(ctx, DL_EINVAL, "best 2");
    toy_end(&t);
    end_ctx(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(callbacks_hear_of_everything_in_order),
        with_scratch_ctx(one_that_stops_lets_the_others_hear_of_it),
        with_scratch_ctx(an_error_of_a_callback_comes_after_the_checkpoint_is_saved),
        with_scratch_ctx(what_cannot_be_a_callback_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
