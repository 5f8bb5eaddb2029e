/* The losses that come with the loop, and accuracy. */
#include "support/support.h"
#include <math.h>
#include "dl/layers.h"
#include "dl/losses.h"
#include "dl/train.h"

static dl_tensor *logits_of(dl_ctx *ctx)
{
    return make_tensor(ctx, DL_F32, DL_SHAPE(4, 3), 1, 2, 3, 3, 2, 1, 0, 5, 5, -1, -2, -3);
}

static void accuracy_counts_the_largest_entry_of_each_row(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = logits_of(ctx); /* 2, 0, 1 (the first of equals), 0 */
    static const dl_dtype types[] = {DL_I64, DL_I32, DL_U8};
    for (int t = 0; t < 3; t++) {
        dl_tensor *y = make_tensor(ctx, types[t], DL_SHAPE(4), 2, 0, 1, 0);
        assert_true(dl_accuracy(x, y) == 1);
        y = make_tensor(ctx, types[t], DL_SHAPE(4), 2, 1, 2, 0);
        assert_true(dl_accuracy(x, y) == 0.5);
    }
    dl_tensor *pixels =
        with_layout(make_tensor(ctx, DL_F64, DL_SHAPE(1, 2, 3), 1, 2, 3, 3, 2, 1), LAYOUT_COLUMNS);
    assert_true(dl_accuracy(pixels, make_tensor(ctx, DL_I64, DL_SHAPE(1, 3), 1, 0, 1)) == 2.0 / 3);
}

static void accuracy_of_nothing_is_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, 3)));
    dl_tensor *y = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(0)));
    assert_true(isnan(dl_accuracy(x, y)));
    expect_ok(ctx);
}

static void accuracy_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_ctx *other = make_ctx(1);
    dl_tensor *x = logits_of(ctx);
    assert_true(isnan(dl_accuracy(x, make_tensor(ctx, DL_F32, DL_SHAPE(4), 0, 0, 0, 0))));
    expect_error(ctx, DL_EDTYPE, "labels are f32");
    assert_true(isnan(dl_accuracy(x, make_tensor(ctx, DL_I64, DL_SHAPE(3), 0, 0, 0))));
    expect_error(ctx, DL_ESHAPE, "labels are [3], logits want [4]");
    assert_true(isnan(dl_accuracy(x, make_tensor(other, DL_I64, DL_SHAPE(4), 0, 0, 0, 0))));
    expect_error(ctx, DL_EINVAL, "another context");
    assert_true(isnan(dl_accuracy(NULL, x)));
    assert_true(isnan(dl_accuracy(x, NULL)));
    end_ctx(other);
}

static void classify_is_cross_entropy_and_shows_accuracy(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_tensor *batch[2] = {logits_of(ctx), make_tensor(ctx, DL_I64, DL_SHAPE(4), 2, 1, 2, 0)};
    dl_tensor *shown = NULL;
    dl_tensor *loss = dl_loss_classify(m, batch, 2, &shown, NULL);
    assert_same_bits(loss, dl_cross_entropy(batch[0], batch[1], NULL));
    assert_values(shown, 0.5);
    assert_non_null(dl_loss_classify(m, batch, 2, NULL, NULL));
    dl_loss_opts o = {.label_smoothing = 0.1, .ignore_set = 1, .ignore_index = 1};
    loss = dl_loss_classify(m, batch, 2, &shown, &o);
    assert_same_bits(loss, dl_cross_entropy(batch[0], batch[1], &o));
    assert_close(shown, (const double[]){2.0 / 3}, 1, 0); /* row 1 does not count */
    dl_module_drop(m);
}

static void classify_takes_probabilities(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_tensor *p =
        make_tensor(ctx, DL_F32, DL_SHAPE(4, 3), 0, 0.25, 0.75, 0.5, 0.5, 0, 0, 0, 1, 1, 0, 0);
    dl_tensor *batch[2] = {logits_of(ctx), p}, *shown = NULL;
    dl_tensor *loss = dl_loss_classify(m, batch, 2, &shown, NULL);
    assert_same_bits(loss, dl_cross_entropy(batch[0], p, NULL));
    assert_values(shown, 0.75);
    dl_module_drop(m);
}

static void regress_is_the_mean_squared_error(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_tensor *batch[2] = {make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4),
                           make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 0, 3, 8)};
    dl_tensor *shown = NULL;
    assert_values(dl_loss_regress(m, batch, 2, &shown, NULL), 5);
    assert_null(shown);
    dl_module_drop(m);
}

static void a_batch_without_a_target_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_identity(ctx);
    dl_tensor *batch[1] = {logits_of(ctx)}, *shown = NULL;
    assert_null(dl_loss_classify(m, batch, 1, &shown, NULL));
    expect_error(ctx, DL_EINVAL, "loss_classify: the batch has 1 fields");
    assert_null(dl_loss_regress(m, batch, 1, &shown, NULL));
    expect_error(ctx, DL_EINVAL, "loss_regress: the batch has 1 fields");
    assert_null(dl_loss_classify(m, NULL, 2, &shown, NULL));
    dl_module_drop(m);
}

typedef struct classify_case {
    dl_module *m;
    dl_tensor *batch[2];
} classify_case;

static dl_status classify(dl_ctx *ctx, void *user)
{
    classify_case *c = user;
    dl_tensor *shown = NULL;
    dl_loss_classify(c->m, c->batch, 2, &shown, NULL);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    classify_case c = {dl_layer_identity(ctx),
                       {logits_of(ctx), make_tensor(ctx, DL_I64, DL_SHAPE(4), 2, 1, 2, 0)}};
    assert_true(fault_loop(ctx, classify, NULL, &c) > 10);
    dl_module_drop(c.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(accuracy_counts_the_largest_entry_of_each_row),
        with_ctx(accuracy_of_nothing_is_nan),
        with_ctx(accuracy_refuses_what_does_not_fit),
        with_ctx(classify_is_cross_entropy_and_shows_accuracy),
        with_ctx(classify_takes_probabilities),
        with_ctx(regress_is_the_mean_squared_error),
        with_ctx(a_batch_without_a_target_is_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
