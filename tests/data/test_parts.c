/* Stratified and grouped parts, and folds: what holds for every size. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "support/numbers.h"

enum { MANY = 60 };

/* A dataset of n labels, "0" i64 []. */
static dl_dataset *labelled(dl_ctx *ctx, const int64_t *label, int64_t n)
{
    double value[MANY];
    for (int64_t i = 0; i < n; i++)
        value[i] = (double)label[i];
    dl_tensor *t = tensor_of(ctx, DL_I64, value, &n, 1);
    return dl_dataset_tensors(&t, 1);
}

/* Random labels, fewer and more of them. */
static void draw(int64_t *label, int64_t n, int64_t classes, uint64_t *state)
{
    for (int64_t i = 0; i < n; i++) {
        double u = random_number(state);
        label[i] = (int64_t)(u * u * (double)classes) * 7 - 7;
    }
}

static int64_t count(const int64_t *x, int64_t n, int64_t value)
{
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++)
        found += x[i] == value;
    return found;
}

/* The labels of a part. */
static int64_t labels_of(dl_dataset *part, int64_t *label)
{
    int64_t n = dl_dataset_size(part);
    assert_int_equal(dl_dataset_labels(part, 0, label, n), DL_OK);
    return n;
}

static void strata_keep_their_shares(void **state)
{
    dl_ctx *ctx = *state;
    static const double fraction[] = {0, 0.1, 0.25, 1.0 / 3, 0.5, 0.8, 0.99, 1};
    uint64_t random = 5;
    for (int64_t n = 0; n < MANY; n += 1 + n / 9)
        for (int64_t classes = 1; classes < 8; classes += 2)
            for (int f = 0; f < 8; f++) {
                int64_t label[MANY], a[MANY], b[MANY];
                draw(label, n, classes, &random);
                dl_dataset *d = labelled(ctx, label, n), *first, *second;
                assert_int_equal(dl_dataset_split_stratified(d, 0, fraction[f], 3, &first, &second),
                                 DL_OK);
                int64_t na = labels_of(first, a), nb = labels_of(second, b);
                assert_int_equal(na, (int64_t)rint(fraction[f] * (double)n));
                assert_int_equal(na + nb, n);
                for (int64_t c = -7; c <= 49; c += 7) {
                    int64_t all = count(label, n, c), here = count(a, na, c);
                    assert_int_equal(here + count(b, nb, c), all);
                    assert_true(fabs((double)here - fraction[f] * (double)all) < 1);
                }
                dl_dataset_drop(first);
                dl_dataset_drop(second);
                dl_dataset_drop(d);
            }
}

/* 6 + 3 + 1 examples, a half of them: 3, 1.5, 0.5. The rest of 1 goes to the lower label. */
static void the_largest_remainder_gets_one_more(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t label[10] = {5, 0, 0, 2, 0, 2, 0, 0, 2, 0};
    dl_dataset *d = labelled(ctx, label, 10), *first, *second;
    int64_t a[10], seen = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_int_equal(dl_dataset_split_stratified(d, 0, 0.5, seed, &first, &second), DL_OK);
        assert_int_equal(labels_of(first, a), 5);
        assert_int_equal(count(a, 5, 0), 3);
        assert_int_equal(count(a, 5, 2), 2);
        seen |= 1 << dl_dataset_size(second);
        dl_dataset_drop(first);
        dl_dataset_drop(second);
    }
    assert_int_equal(seen, 1 << 5);
    dl_dataset_drop(d);
}

static void a_group_is_never_in_both_parts(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t random = 8;
    for (int64_t n = 0; n < MANY; n += 3)
        for (int f = 0; f <= 4; f++) {
            int64_t group[MANY], a[MANY], b[MANY];
            draw(group, n, 12, &random);
            dl_dataset *d = labelled(ctx, group, n), *first, *second;
            double fraction = f / 4.0;
            assert_int_equal(dl_dataset_split_grouped(d, group, fraction, 1, &first, &second),
                             DL_OK);
            int64_t na = labels_of(first, a), nb = labels_of(second, b), largest = 0;
            assert_int_equal(na + nb, n);
            for (int64_t g = -7; g < 80; g += 7) {
                assert_true(count(a, na, g) == 0 || count(b, nb, g) == 0);
                int64_t size = count(group, n, g);
                largest = size > largest ? size : largest;
            }
            double off = fabs((double)na - fraction * (double)n);
            assert_true(f == 0 || f == 4 ? off == 0 : off <= (double)largest / 2 + 0.5);
            dl_dataset_drop(first);
            dl_dataset_drop(second);
            dl_dataset_drop(d);
        }
}

static void other_seeds_give_other_parts(void **state)
{
    dl_ctx *ctx = *state;
    int64_t group[MANY], parts[2][2][MANY];
    for (int64_t i = 0; i < MANY; i++)
        group[i] = i / 2;
    dl_dataset *d = labelled(ctx, group, MANY), *first, *second;
    for (int s = 0; s < 2; s++) {
        assert_int_equal(dl_dataset_split_grouped(d, group, 0.5, (uint64_t)s, &first, &second),
                         DL_OK);
        assert_int_equal(labels_of(first, parts[0][s]), MANY / 2);
        dl_dataset_drop(first);
        dl_dataset_drop(second);
        int32_t part[MANY];
        const dl_kfold_opts o = {.k = 4, .shuffle = 1, .seed = (uint64_t)s, .group = group};
        assert_int_equal(dl_kfold(ctx, MANY, &o, part), DL_OK);
        for (int64_t i = 0; i < MANY; i++)
            parts[1][s][i] = part[i];
    }
    assert_memory_not_equal(parts[0][0], parts[0][1], (MANY / 2) * sizeof(int64_t));
    assert_memory_not_equal(parts[1][0], parts[1][1], MANY * sizeof(int64_t));
    dl_dataset_drop(d);
}

/* Sizes of the folds among the examples with this label; NULL: all. */
static void assert_even(const int32_t *part, int64_t n, int32_t k, const int64_t *label,
                        int64_t wanted)
{
    int64_t size[MANY] = {0}, least = n, most = 0;
    for (int64_t i = 0; i < n; i++) {
        assert_true(part[i] >= 0 && part[i] < k);
        size[part[i]] += !label || label[i] == wanted;
    }
    for (int32_t f = 0; f < k; f++) {
        least = size[f] < least ? size[f] : least;
        most = size[f] > most ? size[f] : most;
    }
    assert_true(most - least <= 1);
}

static void folds_are_even(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t random = 4;
    for (int64_t n = 2; n < MANY; n += 1 + n / 12)
        for (int32_t k = 2; k <= n; k += 1 + k / 3)
            for (int32_t shuffle = 0; shuffle < 2; shuffle++) {
                int64_t label[MANY];
                int32_t part[MANY];
                draw(label, n, 5, &random);
                dl_kfold_opts o = {.k = k, .shuffle = shuffle, .seed = 9};
                assert_int_equal(dl_kfold(ctx, n, &o, part), DL_OK);
                assert_even(part, n, k, NULL, 0);
                for (int64_t i = 1; i < n && !shuffle; i++)
                    assert_true(part[i] >= part[i - 1]);
                o.label = label;
                assert_int_equal(dl_kfold(ctx, n, &o, part), DL_OK);
                assert_even(part, n, k, NULL, 0);
                for (int64_t c = -7; c < 30; c += 7)
                    assert_even(part, n, k, label, c);
            }
}

static void groups_stay_together_and_fill_the_smallest_fold(void **state)
{
    dl_ctx *ctx = *state;
    /* Sizes: group 9 has 4, 1 and 5 have 2, 7 has 1. */
    static const int64_t group[9] = {5, 9, 9, 1, 7, 9, 5, 1, 9};
    static const int32_t wanted[9] = {1, 0, 0, 1, 0, 0, 1, 1, 0};
    int32_t part[9];
    assert_int_equal(dl_kfold(ctx, 9, &(dl_kfold_opts){.k = 2, .group = group}, part), DL_OK);
    assert_memory_equal(part, wanted, sizeof part);
    assert_int_equal(dl_kfold(ctx, 9, &(dl_kfold_opts){.k = 5, .group = group}, part), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "5 folds of 4 groups");
}

static void a_fold_is_two_datasets(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 11, 1);
    dl_dataset *d = numbers_dataset(ctx, &s), *train, *valid;
    char seen[11] = {0};
    for (int32_t fold = 0; fold < 5; fold++) {
        assert_int_equal(dl_dataset_fold(d, NULL, fold, &train, &valid), DL_OK);
        int64_t label[11], n = dl_dataset_size(valid);
        assert_int_equal(n, fold == 0 ? 3 : 2);
        assert_int_equal(dl_dataset_size(train), 11 - n);
        assert_int_equal(dl_dataset_labels(valid, 1, label, n), DL_OK);
        for (int64_t i = 0; i < n; i++)
            seen[label[i]]++;
        dl_dataset_drop(train);
        dl_dataset_drop(valid);
    }
    for (int i = 0; i < 11; i++)
        assert_int_equal(seen[i], 1);
    dl_dataset_drop(d);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 6, 1);
    int64_t group[6] = {0};
    int32_t part[6];
    dl_dataset *d = numbers_dataset(ctx, &s), *a = d, *b = d;
    assert_int_equal(dl_dataset_split_stratified(d, 0, 0.5, 1, &a, &b), DL_EDTYPE);
    assert_null(a);
    assert_null(b);
    expect_error(ctx, DL_EDTYPE, "field \"x\" is f32, labels are i64, i32, u8 or bool");
    assert_int_equal(dl_dataset_split_stratified(d, 2, 0.5, 1, &a, &b), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "field 2 was asked for, there are 2");
    assert_int_equal(dl_dataset_split_stratified(d, 1, 1.5, 1, &a, &b), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "dataset_split_stratified: fraction is 1.5");
    assert_int_equal(dl_dataset_split_grouped(d, NULL, 0.5, 1, &a, &b), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "group is NULL");
    assert_int_equal(dl_dataset_split_grouped(d, group, (double)NAN, 1, &a, &b), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "dataset_split_grouped: fraction is nan");
    assert_int_equal(dl_dataset_split_grouped(NULL, group, 0.5, 1, &a, &b), DL_EINVAL);
    assert_int_equal(dl_dataset_fold(d, NULL, 5, &a, &b), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "fold is 5, 0 to 4 are possible");
    assert_int_equal(dl_dataset_fold(d, NULL, -1, &a, &b), DL_EINVAL);
    assert_null(a);
    expect_error(ctx, DL_EINVAL, "fold is -1");
    static const dl_kfold_opts bad[] = {{.k = 1}, {.k = -3}, {.k = 7}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dl_kfold(ctx, 6, &bad[i], part), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "folds of 6 examples");
    }
    assert_int_equal(dl_kfold(ctx, 6, &(dl_kfold_opts){.label = group, .group = group}, part),
                     DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "labels and groups");
    assert_int_equal(dl_kfold(ctx, 6, &(dl_kfold_opts){.reserved = {0, 1}}, part), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "reserved");
    assert_int_equal(dl_kfold(ctx, 6, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "part is NULL");
    assert_int_equal(dl_kfold(NULL, 6, NULL, part), DL_EINVAL);
    dl_dataset_drop(d);
}

static dl_status all(dl_ctx *ctx, void *user)
{
    static const int64_t group[10] = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4};
    const dl_kfold_opts folds[] = {{.group = group}, {.label = group}, {.shuffle = 1}};
    dl_dataset *part[8] = {NULL};
    int32_t fold[10];
    dl_dataset_split_stratified(user, 1, 0.5, 1, &part[0], &part[1]);
    dl_dataset_split_grouped(user, group, 0.5, 1, &part[2], &part[3]);
    for (int i = 0; i < 3; i++)
        dl_kfold(ctx, 10, &folds[i], fold);
    dl_dataset_fold(user, NULL, 2, &part[4], &part[5]);
    for (int i = 0; i < 8; i++)
        dl_dataset_drop(part[i]);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, all, 10, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(strata_keep_their_shares),
        with_ctx(the_largest_remainder_gets_one_more),
        with_ctx(a_group_is_never_in_both_parts),
        with_ctx(other_seeds_give_other_parts),
        with_ctx(folds_are_even),
        with_ctx(groups_stay_together_and_fill_the_smallest_fold),
        with_ctx(a_fold_is_two_datasets),
        with_ctx(wrong_arguments_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
