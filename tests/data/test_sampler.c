/* Loaders that draw: frequencies, orders, keys, refusals. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "data/loader.h"
#include "support/numbers.h"

enum { N = 6 };
static const double weight[N] = {1, 0, 2, 4, 0.5, 2.5};

static dl_loader *loader(dl_ctx *ctx, numbers *s, int64_t n, dl_loader_opts o)
{
    numbers_init(s, n, 1);
    dl_dataset *d = numbers_dataset(ctx, s);
    dl_loader *l = dl_loader_new(d, &o);
    dl_dataset_drop(d);
    return l;
}

/* The examples of the next epoch; how many there were. */
static int64_t epoch(dl_loader *l, int64_t *index)
{
    dl_tensor *field[2];
    int64_t n = 0;
    while (dl_loader_next(l, field, 2) == 1) {
        for (int64_t k = 0; k < dl_tensor_dim(field[1], 0); k++)
            index[n++] = ((const int64_t *)dl_tensor_data(field[1]))[k];
        dl_tensor_drop(dl_tensor_take(field[0]));
        dl_tensor_drop(dl_tensor_take(field[1]));
    }
    return n;
}

/* Sum of (found - wanted)^2 / wanted over n cells. */
static double chi_square(const double *found, const double *wanted, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        if (wanted[i] > 0)
            sum += (found[i] - wanted[i]) * (found[i] - wanted[i]) / wanted[i];
    return sum;
}

static void draws_with_replacement_follow_the_weights(void **state)
{
    dl_ctx *ctx = *state;
    enum { DRAWS = 20000 };
    static int64_t index[DRAWS];
    for (int equal = 0; equal < 2; equal++) {
        numbers s;
        dl_loader *l = loader(ctx, &s, N,
                              (dl_loader_opts){.batch = 1000,
                                               .sample = DL_SAMPLE_REPLACE,
                                               .weight = equal ? NULL : weight,
                                               .n_weight = equal ? 0 : N,
                                               .draws = DRAWS});
        assert_int_equal(dl_loader_batches(l), 20);
        double found[N] = {0}, wanted[N];
        assert_int_equal(epoch(l, index), DRAWS);
        for (int i = 0; i < DRAWS; i++)
            found[index[i]]++;
        for (int i = 0; i < N; i++)
            wanted[i] = equal ? DRAWS / (double)N : DRAWS * weight[i] / 10;
        assert_true(equal || found[1] == 0);
        assert_true(chi_square(found, wanted, N) < 20.5); /* 1 in 1000 at 5 degrees of freedom */
        /* Neighbours are independent: pairs have the products of their chances. */
        double pair[N * N] = {0}, both[N * N];
        for (int i = 1; i < DRAWS; i++)
            pair[index[i - 1] * N + index[i]]++;
        for (int i = 0; i < N * N; i++)
            both[i] = wanted[i / N] * wanted[i % N] / DRAWS * (DRAWS - 1) / DRAWS;
        assert_true(chi_square(pair, both, N * N) < 66.6); /* the same at 35 */
        dl_loader_drop(l);
    }
}

/* The chance that a comes first and b second is w_a / W * w_b / (W - w_a). */
static void draws_without_replacement_follow_the_weights(void **state)
{
    dl_ctx *ctx = *state;
    enum { EPOCHS = 20000 };
    numbers s;
    dl_loader *l = loader(
        ctx, &s, N,
        (dl_loader_opts){
            .batch = 2, .sample = DL_SAMPLE_ONCE, .weight = weight, .n_weight = N, .draws = 2});
    double found[N * N] = {0}, wanted[N * N] = {0};
    for (int e = 0; e < EPOCHS; e++) {
        int64_t index[2];
        assert_int_equal(epoch(l, index), 2);
        found[index[0] * N + index[1]]++;
    }
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++)
            if (a != b)
                wanted[a * N + b] = EPOCHS * weight[a] / 10 * weight[b] / (10 - weight[a]);
    for (int i = 0; i < N * N; i++)
        assert_true(wanted[i] > 0 || found[i] == 0);
    assert_true(chi_square(found, wanted, N * N) < 43.8); /* 1 in 1000 at 19 */
    dl_loader_drop(l);
}

static void an_epoch_without_replacement_has_each_example_once(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    for (int weighted = 0; weighted < 2; weighted++) {
        dl_loader *l = loader(ctx, &s, N,
                              (dl_loader_opts){.batch = 4,
                                               .sample = DL_SAMPLE_ONCE,
                                               .weight = weighted ? weight : NULL,
                                               .n_weight = weighted ? N : 0});
        for (int e = 0; e < 5; e++) {
            int64_t index[N];
            int seen[N] = {0};
            assert_int_equal(epoch(l, index), weighted ? 5 : 6);
            for (int i = 0; i < (weighted ? 5 : 6); i++)
                seen[index[i]]++;
            for (int i = 0; i < N; i++)
                assert_int_equal(seen[i], !weighted || i != 1);
        }
        dl_loader_drop(l);
    }
}

static void draws_depend_on_seed_and_epoch_alone(void **state)
{
    (void)state;
    for (int32_t sample = DL_SAMPLE_REPLACE; sample <= DL_SAMPLE_ONCE; sample++) {
        uint64_t first = 0;
        for (int32_t workers = 0; workers < 4; workers++) {
            dl_ctx *ctx = make_ctx(1 + workers);
            numbers s;
            double w[100];
            for (int i = 0; i < 100; i++)
                w[i] = i % 7;
            const dl_loader_opts o = {.batch = 8,
                                      .workers = workers,
                                      .shuffle = workers % 2,
                                      .sample = sample,
                                      .weight = w,
                                      .n_weight = 100};
            dl_loader *l = loader(ctx, &s, 100, o);
            uint64_t got = loader_digest(l, 3);
            first = first ? first : got;
            assert_int_equal(got, first);
            /* Epochs differ, and going back gives the same batches. */
            dl_tensor *field[2], *again[2];
            assert_int_equal(dl_loader_seek(l, 1, 2), DL_OK);
            assert_int_equal(dl_loader_next(l, field, 2), 1);
            assert_int_equal(dl_loader_seek(l, 2, 2), DL_OK);
            assert_int_equal(dl_loader_next(l, again, 2), 1);
            assert_memory_not_equal(dl_tensor_data(field[1]), dl_tensor_data(again[1]), 64);
            assert_int_equal(dl_loader_seek(l, 1, 2), DL_OK);
            assert_int_equal(dl_loader_next(l, again, 2), 1);
            assert_same_bits(field[0], again[0]);
            assert_same_bits(field[1], again[1]);
            dl_loader_drop(l);
            end_ctx(ctx);
        }
    }
}

static void repeated_draws_differ_in_their_keys(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    dl_tensor *field[2];
    dl_loader *l =
        loader(ctx, &s, 1, (dl_loader_opts){.batch = 3, .sample = DL_SAMPLE_REPLACE, .draws = 6});
    float noise[6];
    for (int b = 0; b < 2; b++) {
        assert_int_equal(dl_loader_next(l, field, 2), 1);
        const float *x = dl_tensor_data(field[0]);
        for (int i = 0; i < 3; i++)
            noise[3 * b + i] = x[2 * i + 1];
    }
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++)
            assert_true(noise[i] != noise[k]);
    dl_loader_drop(l);
}

static void extreme_weights_work(void **state)
{
    dl_ctx *ctx = *state;
    static const double extreme[][3] = {{0, 5e-324, 0}, {1e308, 5e-324, 0}, {0, 0, 1e308}};
    static const int64_t only[] = {1, 0, 2};
    for (int k = 0; k < 3; k++)
        for (int32_t sample = DL_SAMPLE_REPLACE; sample <= DL_SAMPLE_ONCE; sample++) {
            numbers s;
            int64_t index[50];
            dl_loader *l = loader(ctx, &s, 3,
                                  (dl_loader_opts){.sample = sample,
                                                   .weight = extreme[k],
                                                   .n_weight = 3,
                                                   .draws = sample == DL_SAMPLE_ONCE ? 1 : 50});
            int64_t n = epoch(l, index);
            for (int64_t i = 0; i < n; i++)
                assert_int_equal(index[i], only[k]);
            dl_loader_drop(l);
        }
}

/* Very small and very large weights are as good as 1: the order varies, and every example comes. */
static void only_the_ratios_of_weights_count(void **state)
{
    dl_ctx *ctx = *state;
    static const double size[] = {1e-310, 1, 1e307};
    int64_t first[3][40];
    for (int k = 0; k < 3; k++) {
        numbers s;
        const double chance[3] = {size[k], 2 * size[k], 4 * size[k]};
        dl_loader *l =
            loader(ctx, &s, 3,
                   (dl_loader_opts){.sample = DL_SAMPLE_ONCE, .weight = chance, .n_weight = 3});
        int64_t index[50], seen[3] = {0};
        for (int e = 0; e < 40; e++) {
            assert_int_equal(epoch(l, index), 3);
            assert_int_equal((1 << index[0]) + (1 << index[1]) + (1 << index[2]), 7);
            seen[first[k][e] = index[0]]++;
        }
        assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > seen[0]);
        assert_memory_equal(first[k], first[0], sizeof first[0]);
        dl_loader_drop(l);
    }
}

static void loaders_that_draw_differently_are_told_apart(void **state)
{
    dl_ctx *ctx = *state;
    static const double other[N] = {1, 0, 2, 4, 0.5, 3};
    const dl_loader_opts o[] = {{.shuffle = 1},
                                {.sample = DL_SAMPLE_REPLACE},
                                {.sample = DL_SAMPLE_ONCE},
                                {.sample = DL_SAMPLE_REPLACE, .weight = weight, .n_weight = N},
                                {.sample = DL_SAMPLE_REPLACE, .weight = other, .n_weight = N}};
    int32_t mark[5];
    for (int i = 0; i < 5; i++) {
        numbers s;
        dl_loader *l = loader(ctx, &s, N, o[i]);
        mark[i] = l->shuffle;
        assert_true(mark[i] >= 0);
        for (int k = 0; k < i; k++)
            assert_true(mark[k] != mark[i]);
        dl_loader_drop(l);
    }
}

static void wrong_weights_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    const double nan_one[] = {1, (double)NAN}, minus[] = {-1, 2}, none[] = {0, 0};
    const double huge[] = {1.7e308, 1.7e308}, inf[] = {1, (double)INFINITY}, good[] = {1, 0};
    const struct {
        dl_loader_opts o;
        const char *says;
    } cases[] = {
        {{.sample = 1, .weight = nan_one, .n_weight = 2}, "weight 1 is nan"},
        {{.sample = 2, .weight = minus, .n_weight = 2}, "weight 0 is -1"},
        {{.sample = 1, .weight = inf, .n_weight = 2}, "weight 1 is inf"},
        {{.sample = 1, .weight = none, .n_weight = 2}, "add up to 0"},
        {{.sample = 1, .weight = huge, .n_weight = 2}, "add up to inf"},
        {{.sample = 1, .weight = good, .n_weight = 3}, "3 weights for 2 examples"},
        {{.sample = 1, .n_weight = 2}, "2 weights are NULL"},
        {{.weight = good, .n_weight = 2}, "sample is not set"},
        {{.draws = 2}, "sample is not set"},
        {{.sample = 3}, "sample is 3"},
        {{.sample = -1}, "sample is -1"},
        {{.sample = 1, .draws = -1}, "-1 draws"},
        {{.sample = 2, .draws = 3}, "3 draws were asked for, 2 examples can be drawn"},
        {{.sample = 2, .draws = 2, .weight = good, .n_weight = 2}, "2 draws were asked for, 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        numbers s;
        assert_null(loader(ctx, &s, 2, cases[i].o));
        expect_error(ctx, DL_EINVAL, cases[i].says);
        assert_int_equal(atomic_load(&s.freed), 1);
    }
}

static dl_status make(dl_ctx *ctx, void *user)
{
    for (int32_t sample = DL_SAMPLE_REPLACE; sample <= DL_SAMPLE_ONCE; sample++) {
        dl_loader *l = dl_loader_new(
            user, &(dl_loader_opts){.sample = sample, .weight = weight, .n_weight = N});
        dl_tensor *field[2];
        if (l)
            dl_loader_next(l, field, 2);
        dl_loader_drop(l);
    }
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, N, 1);
    dl_dataset *d = numbers_dataset(ctx, &s);
    assert_true(fault_loop(ctx, make, NULL, d) >= 20);
    dl_dataset_drop(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(draws_with_replacement_follow_the_weights),
        with_ctx(draws_without_replacement_follow_the_weights),
        with_ctx(an_epoch_without_replacement_has_each_example_once),
        cmocka_unit_test(draws_depend_on_seed_and_epoch_alone),
        with_ctx(repeated_draws_differ_in_their_keys),
        with_ctx(extreme_weights_work),
        with_ctx(only_the_ratios_of_weights_count),
        with_ctx(loaders_that_draw_differently_are_told_apart),
        with_ctx(wrong_weights_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
