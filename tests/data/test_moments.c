/* Moments, labels and class weights of a dataset. */
#include "support/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "support/numbers.h"

enum { N = 150, C = 3, H = 2, W = 5 };

/* The plain formulas, over the elements that index c of axis 1 of [N, C, H W] has; c < 0: all. */
static void by_hand(const double *x, int64_t c, double *mean, double *std)
{
    long double sum = 0, squares = 0;
    int64_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        n = 0;
        for (int64_t i = 0; i < N * C * H * W; i++) {
            if (c >= 0 && i / (H * W) % C != c)
                continue;
            long double v = x[i];
            n++;
            if (pass)
                squares += (v - (long double)*mean) * (v - (long double)*mean);
            else
                sum += v;
        }
        *mean = (double)(sum / (long double)n);
    }
    *std = sqrt((double)(squares / (long double)n));
}

static void they_are_those_of_the_formulas(void **state)
{
    (void)state;
    static const dl_dtype types[] = {DL_F32, DL_F64, DL_I32, DL_I64, DL_U8, DL_BOOL};
    for (int t = 0; t < 6; t++) {
        double first[2 * (C + 1)] = {0};
        for (int32_t threads = 1; threads <= 4; threads++) {
            dl_ctx *ctx = make_ctx(threads);
            dl_tensor *x = random_tensor(ctx, types[t], 3, DL_SHAPE(N, C, H, W));
            dl_dataset *d = dl_dataset_tensors(&x, 1);
            double got[2 * (C + 1)], mean, std, *value = values_of(x);
            assert_int_equal(dl_dataset_moments(d, 0, 0, got, got + C, C), DL_OK);
            assert_int_equal(dl_dataset_moments(d, 0, -1, got + 2 * C, got + 2 * C + 1, 1), DL_OK);
            for (int64_t c = -1; c < C; c++) {
                by_hand(value, c, &mean, &std);
                assert_true(fabs(got[c < 0 ? 2 * C : c] - mean) <= 1e-14 * (1 + fabs(mean)));
                assert_true(fabs(got[c < 0 ? 2 * C + 1 : C + c] - std) <= 1e-14 * (1 + std));
            }
            if (threads == 1)
                memcpy(first, got, sizeof got);
            assert_memory_equal(got, first, sizeof got);
            free(value);
            dl_dataset_drop(d);
            end_ctx(ctx);
        }
    }
}

static void a_large_mean_does_not_hide_a_small_deviation(void **state)
{
    dl_ctx *ctx = *state;
    double value[N];
    for (int i = 0; i < N; i++)
        value[i] = 1e9 + (i % 2 ? 1 : -1);
    dl_tensor *x = tensor_of(ctx, DL_F64, value, DL_SHAPE(N));
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    double mean, std;
    assert_int_equal(dl_dataset_moments(d, 0, -1, &mean, &std, 1), DL_OK);
    assert_true(fabs(mean - 1e9) < 1e-6 && fabs(std - 1) < 1e-9);
    dl_dataset_drop(d);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 0));
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    double mean[3] = {5, 5, 5}, std[3];
    assert_int_equal(dl_dataset_moments(d, 0, 2, mean, std, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "axis is 2, field \"0\" is [3, 0]");
    assert_int_equal(dl_dataset_moments(d, 0, -2, mean, std, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "axis is -2");
    assert_int_equal(dl_dataset_moments(d, 0, 0, mean, std, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "room for 2 pairs, axis 0 of field \"0\" [3, 0] wants 3");
    assert_int_equal(dl_dataset_moments(d, 0, 0, mean, std, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "2 examples of field \"0\" [3, 0] have no elements");
    assert_int_equal(dl_dataset_moments(d, 1, 0, mean, std, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "dataset_moments: field 1");
    assert_int_equal(dl_dataset_moments(d, 0, 0, NULL, std, 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "mean or std is NULL");
    assert_int_equal(dl_dataset_moments(NULL, 0, 0, mean, std, 3), DL_EINVAL);
    assert_true(mean[0] == 5 && mean[1] == 5 && mean[2] == 5);
    dl_dataset_drop(d);
}

static void labels_are_read(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_I64, DL_I32, DL_U8, DL_BOOL};
    for (int t = 0; t < 4; t++) {
        dl_tensor *x = make_tensor(ctx, types[t], DL_SHAPE(4, 1), 1, 0, 1, 1);
        dl_dataset *d = dl_dataset_tensors(&x, 1);
        int64_t label[4] = {0};
        assert_int_equal(dl_dataset_labels(d, 0, label, 4), DL_OK);
        assert_true(label[0] == 1 && label[1] == 0 && label[2] == 1 && label[3] == 1);
        assert_int_equal(dl_dataset_labels(d, 0, label, 3), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "room for 3 labels, the dataset has 4");
        assert_int_equal(dl_dataset_labels(d, 0, NULL, 4), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "room for 0 labels");
        dl_dataset_drop(d);
    }
    dl_tensor *x = make_tensor(ctx, DL_I64, DL_SHAPE(1, 2), 1, 0);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    int64_t label;
    assert_int_equal(dl_dataset_labels(d, 0, &label, 1), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "field \"0\" is [2], a label has one element");
    dl_dataset_drop(d);
    numbers s;
    numbers_init(&s, 300, 1);
    atomic_store(&s.broken, 200);
    d = numbers_dataset(ctx, &s);
    int64_t many[300] = {7};
    assert_int_equal(dl_dataset_labels(d, 1, many, 300), DL_EIO);
    expect_error(ctx, DL_EIO, "example 200: the disk is on fire");
    assert_int_equal(many[0], 7);
    dl_dataset_drop(d);
}

static void rare_classes_weigh_more(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t label[6] = {0, 2, 0, 0, 2, 0};
    double c[4], e[6];
    assert_int_equal(dl_class_weights(ctx, label, 6, 4, c, e), DL_OK);
    static const double wanted[4] = {6.0 / (2 * 4), 0, 6.0 / (2 * 2), 0};
    assert_memory_equal(c, wanted, sizeof c);
    for (int i = 0; i < 6; i++)
        assert_true(e[i] == wanted[label[i]]);
    assert_int_equal(dl_class_weights(ctx, label, 6, 4, NULL, NULL), DL_OK);
    assert_int_equal(dl_class_weights(ctx, label, 6, 2, c, e), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "label 1 is 2, 0 to 1 are possible");
    assert_int_equal(dl_class_weights(ctx, NULL, 6, 2, c, e), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "6 labels (NULL) of 2 classes");
    assert_int_equal(dl_class_weights(ctx, label, 6, 0, c, e), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "of 0 classes");
    assert_int_equal(dl_class_weights(ctx, label, 1, INT64_MAX, c, e), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "too many");
    assert_int_equal(dl_class_weights(NULL, label, 6, 4, c, e), DL_EINVAL);
}

static dl_status all(dl_ctx *ctx, void *user)
{
    double mean[2], std[2], weight[5];
    int64_t label[5];
    dl_dataset_moments(user, 0, 0, mean, std, 2);
    dl_dataset_labels(user, 1, label, 5);
    if (dl_ctx_status(ctx) == DL_OK)
        dl_class_weights(ctx, label, 5, 5, weight, NULL);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, all, 5, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_those_of_the_formulas),
        with_ctx(a_large_mean_does_not_hide_a_small_deviation),
        with_ctx(wrong_arguments_are_refused),
        with_ctx(labels_are_read),
        with_ctx(rare_classes_weigh_more),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
