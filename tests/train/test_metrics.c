/* What all metrics do: parts, refusals, reports, nets, failing allocations. */
#include "support/labelled.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/metrics.h"
#include "dl/train.h"
#include "support/toy.h"

static double at(dl_metric *m, const char *name, int64_t i)
{
    return dl_metric_value_at(m, name, i);
}

static double of(dl_metric *m, const char *name)
{
    return dl_metric_value(m, name);
}

typedef dl_metric *(*maker)(dl_ctx *ctx);
static dl_metric *confusion(dl_ctx *ctx)
{
    return dl_metric_confusion(ctx, C, NULL);
}
static dl_metric *topk(dl_ctx *ctx)
{
    return dl_metric_topk(ctx, C, NULL);
}
static dl_metric *auc(dl_ctx *ctx)
{
    return dl_metric_auc(ctx, C, NULL);
}
static dl_metric *calibration(dl_ctx *ctx)
{
    return dl_metric_calibration(ctx, C, NULL);
}
static dl_metric *regression(dl_ctx *ctx)
{
    return dl_metric_regression(ctx, C * D);
}
static const maker makers[] = {confusion, topk, auc, calibration, regression};
enum { KINDS = 5 };

static dl_status feed(dl_metric *m, int kind, const batch *b)
{
    return dl_metric_add(m, b->x, kind == 4 ? dl_scale(b->x, 0.75) : b->y);
}

/* In two parts, in one metric or in two that are merged; and once more after a reset. */
static void parts_give_what_the_whole_gives(void **state)
{
    dl_ctx *ctx = *state;
    batch a = make_batch(ctx, DL_F64, 21), b = make_batch(ctx, DL_F64, 22);
    for (int kind = 0; kind < KINDS; kind++) {
        dl_metric *m = makers[kind](ctx), *first = makers[kind](ctx), *second = makers[kind](ctx);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(feed(m, kind, &a), DL_OK);
            assert_int_equal(feed(m, kind, &b), DL_OK);
            assert_int_equal(feed(first, kind, &a), DL_OK);
            assert_int_equal(feed(second, kind, &b), DL_OK);
            assert_int_equal(dl_metric_merge(first, second), DL_OK);
            const char *name;
            for (int32_t i = 0; (name = dl_metric_name(m, i)); i++) {
                int each = kind != 1 && strncmp(name, "bin.", 4) == 0;
                each |= !strcmp(name, "support") || !strcmp(name, "predicted");
                double x = each ? at(m, name, 1) : of(m, name);
                assert_near(each ? at(first, name, 1) : of(first, name), x);
                assert_true(!isnan(x) || (each && kind == 3));
            }
            dl_metric_reset(m);
            dl_metric_reset(first);
            dl_metric_reset(second);
            assert_near(of(m, "n"), 0);
        }
        dl_metric_drop(m);
        dl_metric_drop(first);
        dl_metric_drop(second);
    }
    free(a.logit);
    free(b.logit);
}

static void nothing_can_be_added(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, C, D)));
    dl_tensor *y = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(0, D)));
    for (int kind = 0; kind < KINDS; kind++) {
        dl_metric *m = makers[kind](ctx);
        assert_int_equal(dl_metric_add(m, x, kind == 4 ? x : y), DL_OK);
        assert_near(of(m, "n"), 0);
        dl_metric_drop(m);
    }
    assert_near(dl_topk_accuracy(x, y, 1), (double)NAN);
}

static void wrong_batches_change_nothing(void **state)
{
    dl_ctx *ctx = *state;
    batch b = make_batch(ctx, DL_F32, 3);
    dl_tensor *flat = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(2), 1, 4);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, C));
    dl_tensor *real = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    for (int kind = 0; kind < KINDS - 1; kind++) {
        dl_metric *m = makers[kind](ctx);
        assert_int_equal(dl_metric_add(m, b.x, b.y), DL_OK);
        assert_int_equal(dl_metric_add(m, x, y), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "label 1 is 4, 0 to 3 are possible");
        assert_int_equal(dl_metric_add(m, flat, y), DL_ESHAPE);
        expect_error(ctx, DL_ESHAPE, "results are [2], labels [2]; for 4 classes");
        assert_int_equal(dl_metric_add(m, x, real), DL_EDTYPE);
        expect_error(ctx, DL_EDTYPE, "labels are f32");
        assert_int_equal(dl_metric_add(m, x, NULL), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "targets are NULL");
        assert_int_equal(dl_metric_add(m, NULL, y), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "results are NULL");
        assert_int_equal(dl_metric_add(m, y, y), kind == 0 ? DL_EINVAL : DL_EDTYPE);
        dl_ctx_clear(ctx);
        int32_t meta = dl_meta_enable(ctx, 1);
        dl_tensor *none = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2, C)));
        dl_meta_enable(ctx, meta);
        assert_int_equal(dl_metric_add(m, none, y), DL_ESTATE);
        expect_error(ctx, DL_ESTATE, "meta");
        assert_near(of(m, "n"), ROWS);
        dl_metric_drop(m);
    }
    dl_metric *m = dl_metric_regression(ctx, 3);
    assert_int_equal(dl_metric_add(m, x, x), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "results are [2, 4], targets [2, 4]; both want one shape, of 3");
    assert_int_equal(dl_metric_add(m, x, y), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "results are f32 and targets i64");
    dl_metric_drop(m);
    dl_tensor *classes = make_tensor(ctx, DL_I64, DL_SHAPE(2), 1, -1);
    dl_tensor *right = make_tensor(ctx, DL_I64, DL_SHAPE(2), 1, 2);
    m = confusion(ctx);
    assert_int_equal(dl_metric_add(m, classes, right), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "result 1 is class -1");
    dl_metric_drop(m);
    free(b.logit);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_metric_confusion(ctx, 1, NULL));
    expect_error(ctx, DL_EINVAL, "classes is 1");
    assert_null(dl_metric_confusion(ctx, 3, &(dl_metric_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_null(dl_metric_topk(ctx, 3, &(dl_metric_opts){.k = {1, 4}}));
    expect_error(ctx, DL_EINVAL, "k is 4, 1 to 3 are possible");
    assert_null(dl_metric_calibration(ctx, 3, &(dl_metric_opts){.bins = -1}));
    expect_error(ctx, DL_EINVAL, "bins is -1");
    assert_null(dl_metric_regression(ctx, 0));
    expect_error(ctx, DL_EINVAL, "outputs is 0");
    assert_null(dl_metric_regression(ctx, INT64_MAX));
    expect_error(ctx, DL_ELIMIT, "outputs is 9223372036854775807");
    dl_metric *m = confusion(ctx), *t = topk(ctx);
    assert_true(isnan(dl_metric_value(m, "colour")));
    expect_error(ctx, DL_EINVAL, "no value \"colour\", there are: precision, recall, f1, iou");
    assert_true(isnan(dl_metric_value(m, NULL)));
    expect_error(ctx, DL_EINVAL, "(null)");
    assert_true(isnan(dl_metric_value_at(m, "f1", C)));
    expect_error(ctx, DL_EINVAL, "value 4 of \"f1\" was asked for, there are 4");
    assert_true(isnan(dl_metric_value_at(t, "top1", 0)));
    expect_error(ctx, DL_EINVAL, "no value \"top1\"");
    assert_int_equal(dl_metric_merge(m, t), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "a metric_confusion of 4 and a metric_topk of 4");
    assert_int_equal(dl_metric_merge(m, m), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the same");
    assert_int_equal(dl_metric_merge(m, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_confusion_text(t, NULL, NULL, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another kind");
    assert_int_equal(dl_confusion_text(m, NULL, NULL, 5), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "buf is NULL");
    assert_null(dl_metric_name(m, -1));
    assert_null(dl_metric_name(NULL, 0));
    assert_true(isnan(dl_metric_value(NULL, "f1")) && isnan(dl_metric_value_at(NULL, "f1", 0)));
    dl_metric_reset(NULL);
    dl_metric_drop(m);
    dl_metric_drop(t);
    dl_metric_drop(NULL);
}

static void the_report_is_a_table(void **state)
{
    dl_ctx *ctx = *state;
    static const char wanted[] = "class                precision    recall        f1   support\n"
                                 "cat                     0.5000    1.0000    0.6667         2\n"
                                 "dog                          -    0.0000    0.0000         2\n"
                                 "mean of classes         0.5000    0.5000    0.3333         4\n"
                                 "weighted mean           0.5000    0.5000    0.3333         4\n"
                                 "all together            0.5000    0.5000    0.5000         4\n"
                                 "\n"
                                 "true \\ predicted           0       1\n"
                                 " 0 cat                     2       0\n"
                                 " 1 dog                     2       0\n";
    dl_metric *m = dl_metric_confusion(ctx, 2, NULL);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 0, 1, 1);
    dl_tensor *p = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 0, 0, 0);
    assert_int_equal(dl_metric_add(m, p, y), DL_OK);
    static const char *const names[] = {"cat", "dog"};
    char text[2048];
    int64_t n = dl_confusion_text(m, names, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(n, strlen(wanted));
    assert_int_equal(dl_confusion_text(m, names, NULL, 0), n);
    assert_int_equal(dl_confusion_text(m, names, text, 9), n);
    assert_string_equal(text, "class   ");
    assert_true(dl_confusion_text(m, NULL, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\n1  "));
    dl_metric_drop(m);
}

static void a_net_is_measured(void **state)
{
    dl_ctx *ctx = *state;
    toy t;
    toy_make(&t, ctx, 64, TOY_ADAM);
    dl_metric *m[2] = {dl_metric_confusion(ctx, 3, NULL), dl_metric_auc(ctx, 3, NULL)};
    double accuracy;
    assert_int_equal(dl_evaluate_metrics(t.net, t.valid, 5, m, 2), DL_OK);
    assert_int_equal(dl_evaluate(t.net, dl_loss_classify, NULL, t.valid, 7, NULL, &accuracy),
                     DL_OK);
    assert_near(of(m[0], "accuracy"), accuracy);
    assert_near(of(m[1], "n"), (double)dl_dataset_size(t.valid));
    assert_int_equal(dl_module_training(t.net), 1);
    assert_int_equal(dl_evaluate_metrics(t.net, t.valid, 5, m, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "there are 0 metrics");
    m[1] = (dl_metric_drop(m[1]), NULL);
    assert_int_equal(dl_evaluate_metrics(t.net, t.valid, 5, m, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "metric 1 is NULL");
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 4));
    dl_dataset *alone = dl_dataset_tensors(&x, 1);
    assert_int_equal(dl_evaluate_metrics(t.net, alone, 5, m, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the dataset has 1 field");
    dl_dataset_drop(alone);
    dl_metric_drop(m[0]);
    toy_end(&t);
}

typedef struct attempt {
    batch b;
    dl_metric *m[KINDS];
} attempt;

/* What fails leaves metrics as they were. */
static dl_status add_all(dl_ctx *ctx, void *user)
{
    attempt *a = user;
    for (int kind = 0; kind < KINDS && dl_ctx_status(ctx) == DL_OK; kind++) {
        dl_metric *fresh = makers[kind](ctx);
        if (fresh && dl_metric_add(fresh, a->b.x, kind == 4 ? a->b.x : a->b.y) == DL_OK)
            dl_metric_value(fresh, "auc");
        if (dl_ctx_status(ctx) == DL_EINVAL)
            dl_ctx_clear(ctx);
        dl_metric_drop(fresh);
    }
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    attempt a = {.b = make_batch(ctx, DL_F32, 4)};
    assert_true(fault_loop(ctx, add_all, NULL, &a) >= 30);
    dl_metric *m = auc(ctx);
    assert_int_equal(dl_metric_add(m, a.b.x, a.b.y), DL_OK);
    double before = of(m, "auc");
    for (long long k = 1;; k++) { /* growing */
        dl__memory_fail(ctx, k, 0);
        dl_status got = dl_metric_add(m, a.b.x, a.b.y);
        dl__memory_fail(ctx, 0, 0);
        if (got == DL_OK)
            break;
        expect_error(ctx, DL_ENOMEM, "");
        assert_near(of(m, "n"), ROWS);
        assert_near(of(m, "auc"), before);
    }
    dl_metric_drop(m);
    free(a.b.logit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(parts_give_what_the_whole_gives), with_ctx(nothing_can_be_added),
        with_ctx(wrong_batches_change_nothing),    with_ctx(wrong_arguments_are_refused),
        with_ctx(the_report_is_a_table),           with_ctx(a_net_is_measured),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
