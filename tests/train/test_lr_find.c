#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "optim/optim.h"
#include "support/toy.h"

enum { N = 60, STEPS = 40 };

/* All that must be as before. */
typedef struct snapshot {
    char hash[65];
    uint64_t ticket, fills;
    int64_t steps, counts, live;
    double lr, state;
    dl_sched *sched;
    int32_t training, recording;
} snapshot;

static snapshot look(const toy *t)
{
    const dl_optim *o = t->optim;
    snapshot s;
    memset(&s, 0, sizeof s);
    toy_hash(t, s.hash);
    s.ticket = t->ctx->ticket;
    s.fills = t->ctx->fills;
    s.steps = o->steps;
    s.lr = o->lr;
    s.sched = o->sched;
    s.live = dl_ctx_live(t->ctx);
    s.training = dl_module_training(t->net) + 2 * dl_module_training(dl_module_child(t->net, 2));
    s.recording = !t->ctx->grad_off;
    for (int32_t i = 0; i < o->n; i++) {
        s.counts = 31 * s.counts + o->slice[i].steps;
        for (int32_t k = 0; k < o->slots; k++) {
            double *v = values_of(o->slice[i].slot[k]);
            for (int64_t j = 0; j < o->slice[i].n; j++)
                s.state = 0.75 * s.state + v[j];
            free(v);
        }
    }
    return s;
}

static void the_loss_falls_and_then_grows_and_all_is_put_back(void **state)
{
    dl_ctx *ctx = *state;
    for (int optim = TOY_ADAM; optim <= TOY_MOMENTUM; optim++) {
        toy t;
        double lr[STEPS], loss[STEPS], rate;
        int32_t n = -1;
        toy_make(&t, ctx, N, optim);
        assert_int_equal(dl_train(t.net, t.optim, dl_loss_classify, NULL, t.train,
                                  &(dl_train_opts){.epochs = 1}),
                         DL_OK);
        dl_module_train(dl_module_child(t.net, 2), 0);
        dl_grad_enable(ctx, 0);
        const snapshot before = look(&t);
        assert_int_equal(
            dl_lr_find(t.net, t.optim, dl_loss_classify, NULL, t.train,
                       &(dl_lr_find_opts){
                           .low = 1e-5, .high = 100, .steps = STEPS, .batch = 16, .smoothing = 0.5},
                       lr, loss, &n, &rate),
            DL_OK);
        const snapshot after = look(&t);
        assert_memory_equal(&before, &after, sizeof before);
        assert_null(dl_grad(dl_module_param(t.net, 0)));
        assert_true(n > STEPS / 2 && n <= STEPS);
        assert_true(lr[0] == 1e-5);
        double best = loss[0];
        for (int32_t i = 1; i < n; i++) {
            assert_true(fabs(lr[i] / lr[i - 1] / pow(1e7, 1.0 / (STEPS - 1)) - 1) < 1e-12);
            best = fmin(best, loss[i]);
        }
        assert_true(best < 0.8 * loss[0]);
        assert_true(n == STEPS || loss[n - 1] > 4 * best); /* why it ended */
        assert_true(rate > 1e-4 && rate < 10);
        dl_grad_enable(ctx, 1);
        toy_end(&t);
    }
}

/* A loss that can be worked out: w^2 of one weight, plain steps: w = w (1 - 2 lr). */
static dl_tensor *square(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                         void *user)
{
    (void)n;
    (void)shown;
    (void)user;
    dl_tensor *y = dl_module_forward(m, batch[0]);
    return dl_mean(dl_mul(y, y), NULL, 0, 0);
}

static void the_numbers_are_those_of_the_formulas(void **state)
{
    dl_ctx *ctx = *state;
    enum { K = 12 };
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 1);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_dense(ctx, 1, 1, &(dl_layer_opts){.no_bias = 1});
    dl_tensor_fill(dl_module_param(m, 0), 1);
    dl_optim *sgd = dl_optim_sgd(m, NULL);
    double lr[K], loss[K], rate, w = 1, average = 0, wanted[K];
    int32_t n, lowest = 0, at = 0;
    assert_int_equal(
        dl_lr_find(m, sgd, square, NULL, d,
                   &(dl_lr_find_opts){
                       .low = 0.001, .high = 4, .steps = K, .smoothing = 0.25, .stop_factor = 1000},
                   lr, loss, &n, &rate),
        DL_OK);
    for (int i = 0; i < n; i++) {
        average = 0.25 * average + 0.75 * w * w;
        wanted[i] = average / (1 - pow(0.25, i + 1));
        assert_true(fabs(loss[i] - wanted[i]) <= 1e-5 * wanted[i]);
        w *= 1 - 2 * lr[i];
        lowest = wanted[i] < wanted[lowest] ? i : lowest;
    }
    for (int i = 1; i < lowest; i++)
        at = at == 0 || wanted[i + 1] - wanted[i] < wanted[at + 1] - wanted[at] ? i : at;
    assert_true(rate == lr[at]);
    assert_values(dl_module_param(m, 0), 1);
    /* No smoothing, and an end as soon as it is too far. */
    assert_int_equal(
        dl_lr_find(m, sgd, square, NULL, d,
                   &(dl_lr_find_opts){
                       .low = 1, .high = 1000, .steps = 4, .smoothing = DL_OFF, .stop_factor = 5},
                   lr, loss, &n, &rate),
        DL_OK);
    assert_int_equal(n, 3); /* w = 1, -1, 19: losses 1, 1, 361 */
    assert_true(loss[0] == 1 && loss[1] == 1 && loss[2] > 300);
    assert_true(isnan(rate));
    /* Infinite losses are not among them. */
    assert_int_equal(
        dl_lr_find(m, sgd, square, NULL, d,
                   &(dl_lr_find_opts){.low = 1e18, .high = 1e30, .steps = 4, .stop_factor = 1e300},
                   NULL, NULL, &n, NULL),
        DL_OK);
    assert_int_equal(n, 2); /* w = 1, -2e18, then none */
    dl_optim_drop(sgd);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

/* A likelihood may be above 1, and its loss below 0. */
static dl_tensor *below_zero(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                             void *user)
{
    return dl_add_scalar(square(m, batch, n, shown, user), -1.5);
}

static void losses_below_zero_fall_and_grow_too(void **state)
{
    dl_ctx *ctx = *state;
    enum { K = 20 };
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 1);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_dense(ctx, 1, 1, &(dl_layer_opts){.no_bias = 1});
    dl_tensor_fill(dl_module_param(m, 0), 1);
    dl_optim *sgd = dl_optim_sgd(m, NULL);
    double lr[K], loss[K], rate;
    int32_t n;
    assert_int_equal(
        dl_lr_find(m, sgd, below_zero, NULL, d,
                   &(dl_lr_find_opts){
                       .low = 0.01, .high = 100, .steps = K, .smoothing = DL_OFF, .stop_factor = 2},
                   lr, loss, &n, &rate),
        DL_OK);
    assert_true(n > 8 && n < K); /* falls from -0.5 to -1.5, and then ends above 0 */
    double best = 0;
    for (int32_t i = 0; i < n; i++) {
        assert_true(i == n - 1 ? loss[i] > 0 : loss[i] <= -0.5);
        best = fmin(best, loss[i]);
    }
    assert_true(best < -1.49 && rate > 0.01);
    dl_optim_drop(sgd);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

static void an_optimizer_that_searches_itself_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    dl_optim_drop(t.optim);
    t.optim = dl_optim_lbfgs(t.net, NULL);
    const snapshot before = look(&t);
    assert_int_equal(
        dl_lr_find(t.net, t.optim, dl_loss_classify, NULL, t.train, NULL, NULL, NULL, NULL, NULL),
        DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "lbfgs evaluates the loss itself");
    const snapshot after = look(&t);
    assert_memory_equal(&before, &after, sizeof before);
    toy_end(&t);
}

static int calls_left;

static dl_tensor *failing(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                          void *user)
{
    if (--calls_left < 0)
        return NULL;
    if (user && calls_left == 0)
        dl_ctx_cancel(dl_module_ctx(m));
    return dl_loss_classify(m, batch, n, shown, NULL);
}

static void what_fails_on_the_way_leaves_all_as_it_was(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    const snapshot before = look(&t);
    for (int k = 0; k < 2; k++) {
        int32_t n = 7;
        double rate = 7;
        calls_left = 5;
        assert_int_equal(dl_lr_find(t.net, t.optim, failing, k ? &t : NULL, t.train, NULL, NULL,
                                    NULL, &n, &rate),
                         DL_EUSER);
        expect_error(ctx, DL_EUSER, k ? "lr_find: cancelled" : "lr_find: the loss function");
        assert_true(n == 0 && isnan(rate));
        const snapshot after = look(&t);
        assert_memory_equal(&before, &after, sizeof before);
    }
    toy_end(&t);
}

static dl_status find(dl_ctx *ctx, void *user)
{
    toy *t = user;
    dl_lr_find(t->net, t->optim, dl_loss_classify, NULL, t->train, &(dl_lr_find_opts){.steps = 3},
               NULL, NULL, NULL, NULL);
    return dl_ctx_status(ctx);
}

static snapshot first;

static void unchanged(dl_ctx *ctx, void *user)
{
    (void)ctx;
    const snapshot now = look(user);
    assert_memory_equal(&first, &now, sizeof first);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, N, TOY_ADAM);
    dl_module_param_count(t.net); /* makes the table of names, which stays */
    dl_module_buffer_count(t.net);
    first = look(&t);
    assert_true(fault_loop(ctx, find, unchanged, &t) > 20);
    toy_end(&t);
}

static void refused(const toy *t, dl_lr_find_opts o, const char *part)
{
    assert_int_equal(
        dl_lr_find(t->net, t->optim, dl_loss_classify, NULL, t->train, &o, NULL, NULL, NULL, NULL),
        DL_EINVAL);
    expect_error(t->ctx, DL_EINVAL, part);
}

static void wrong_options_are_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    toy t, u;
    toy_make(&t, ctx, N, TOY_ADAM);
    toy_make(&u, other, N, TOY_ADAM);
    refused(&t, (dl_lr_find_opts){.low = -1}, "low is -1");
    refused(&t, (dl_lr_find_opts){.low = 20}, "low is 20 and high 10");
    refused(&t, (dl_lr_find_opts){.high = INFINITY}, "high inf");
    refused(&t, (dl_lr_find_opts){.low = NAN}, "low is nan");
    refused(&t, (dl_lr_find_opts){.smoothing = 1}, "smoothing is 1");
    refused(&t, (dl_lr_find_opts){.stop_factor = 1}, "stop_factor is 1");
    refused(&t, (dl_lr_find_opts){.steps = 1}, "steps is 1");
    refused(&t, (dl_lr_find_opts){.batch = -1}, "batch is -1");
    refused(&t, (dl_lr_find_opts){.reserved = {1}}, "reserved");
    assert_int_equal(
        dl_lr_find(NULL, t.optim, dl_loss_classify, NULL, t.train, NULL, NULL, NULL, NULL, NULL),
        DL_EINVAL);
    dl_optim *const o[] = {NULL, u.optim, t.optim};
    dl_dataset *const d[] = {t.train, t.train, u.train};
    static const char *const text[] = {"is NULL", "optimizer is of another",
                                       "dataset is of another"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            dl_lr_find(t.net, o[i], dl_loss_classify, NULL, d[i], NULL, NULL, NULL, NULL, NULL),
            DL_EINVAL);
        expect_error(ctx, DL_EINVAL, text[i]);
    }
    toy_end(&t);
    toy_end(&u);
    end_ctx(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(the_loss_falls_and_then_grows_and_all_is_put_back),
        with_ctx(the_numbers_are_those_of_the_formulas),
        with_ctx(losses_below_zero_fall_and_grow_too),
        with_ctx(an_optimizer_that_searches_itself_is_refused),
        with_ctx(what_fails_on_the_way_leaves_all_as_it_was),
        with_ctx(any_allocation_may_fail),
        with_ctx(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
