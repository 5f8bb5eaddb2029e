/* Averages of a loss over a dataset. */
#include "support/support.h"
#include <math.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/toy.h"

/* The mean of the batch; a metric where the first number is above 2; draws a random number. */
static dl_tensor *mean_loss(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                            void *user)
{
    (void)m;
    (void)n;
    dl_tensor *mean = dl_mean(batch[0], NULL, 0, 0);
    if (*(const float *)dl_tensor_data(batch[0]) > 2)
        *shown = mean;
    dl_dropout(batch[0], 0.5);
    if (user)
        *(int64_t *)user += 1;
    return mean;
}

static dl_dataset *numbers(dl_ctx *ctx)
{
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 2, 3, 4, 10);
    return dl_dataset_tensors(&x, 1);
}

static void averages_weigh_examples(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_dataset *d = numbers(ctx);
    double loss, metric;
    int64_t batches = 0;
    assert_int_equal(dl_evaluate(m, mean_loss, &batches, d, 2, &loss, &metric), DL_OK);
    assert_int_equal(batches, 3);
    assert_true(loss == 4);
    assert_true(metric == (2 * 3.5 + 10) / 3); /* of the batches that had one */
    assert_int_equal(dl_evaluate(m, mean_loss, NULL, d, 0, NULL, NULL), DL_OK);
    dl_dataset_drop(d);
    dl_module_drop(m);
}

static void evaluating_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 30, TOY_ADAM);
    dl_module_train(dl_module_child(t.net, 2), 0);
    uint64_t ticket = ctx->ticket, fills = ctx->fills;
    int64_t live = dl_ctx_live(ctx);
    char before[65], after[65];
    double a, b;
    toy_hash(&t, before);
    assert_int_equal(dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 4, &a, NULL), DL_OK);
    assert_int_equal(dl_evaluate(t.net, mean_loss, NULL, t.valid, 4, &b, NULL), DL_OK);
    assert_int_equal(dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 4, &b, NULL), DL_OK);
    assert_true(a == b); /* no dropout */
    toy_hash(&t, after);
    assert_string_equal(before, after);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_int_equal(dl_module_training(t.net), 1);
    assert_int_equal(dl_module_training(dl_module_child(t.net, 2)), 0);
    assert_int_equal(dl_grad_enable(ctx, 1), 1);
    toy_end(&t);
}

static void a_frozen_net_can_be_evaluated(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 30, TOY_ADAM);
    dl_module *frozen = dl_module_freeze(t.net);
    double a, b;
    assert_int_equal(dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 4, &a, NULL), DL_OK);
    assert_int_equal(dl_evaluate(frozen, dl_loss_classify, NULL, t.valid, 4, &b, NULL), DL_OK);
    assert_true(fabs(a - b) < 1e-5);
    dl_module_drop(frozen);
    toy_end(&t);
}

static dl_tensor *cancelling(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                             void *user)
{
    dl_ctx_cancel(dl_module_ctx(m));
    return mean_loss(m, batch, n, shown, user);
}

static void failures_give_no_numbers(void **state)
{
    dl_ctx *ctx = *state;
    dl_ctx *other = make_ctx(1);
    dl_module *m = dl_layer_identity(ctx);
    dl_dataset *d = numbers(ctx), *foreign = numbers(other);
    dl_dataset *empty = dl_dataset_subset(dl_dataset_keep(d), NULL, 0);
    double loss = 1, metric = 1;
    assert_int_equal(dl_evaluate(m, cancelling, NULL, d, 2, &loss, &metric), DL_EUSER);
    assert_true(isnan(loss) && isnan(metric));
    expect_error(ctx, DL_EUSER, "evaluate: cancelled");
    assert_int_equal(dl_evaluate(m, dl_loss_classify, NULL, d, 2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "loss_classify");
    assert_int_equal(dl_evaluate(m, mean_loss, NULL, foreign, 2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_int_equal(dl_evaluate(m, mean_loss, NULL, empty, 2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no examples");
    assert_int_equal(dl_evaluate(m, mean_loss, NULL, d, -2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "batch is -2");
    assert_int_equal(dl_evaluate(NULL, mean_loss, NULL, d, 2, &loss, NULL), DL_EINVAL);
    assert_int_equal(dl_evaluate(m, NULL, NULL, d, 2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_evaluate(m, mean_loss, NULL, NULL, 2, &loss, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_module_training(m), 1);
    dl_dataset_drop(empty);
    dl_dataset_drop(d);
    dl_dataset_drop(foreign);
    dl_module_drop(m);
    end_ctx(other);
}

static dl_status evaluate(dl_ctx *ctx, void *user)
{
    toy *t = user;
    dl_evaluate(t->net, dl_loss_classify, NULL, t->valid, 8, NULL, NULL);
    assert_int_equal(dl_module_training(t->net), 1);
    assert_int_equal(dl_grad_enable(ctx, 1), 1);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 30, TOY_ADAM);
    assert_true(fault_loop(ctx, evaluate, NULL, &t) > 20);
    toy_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(averages_weigh_examples),       with_ctx(evaluating_changes_nothing),
        with_ctx(a_frozen_net_can_be_evaluated), with_ctx(failures_give_no_numbers),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
