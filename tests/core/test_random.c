/* Random numbers: known answers, the keying as documented, and that they look random. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "core/isa.h"
#include "core/random.h"

enum { N = 200000 };

static dl__stream stream(void)
{
    return dl__random_stream(42, DL__FOR_FILL, 7);
}

static void blocks_are_the_known_answers_of_philox(void **unused)
{
    (void)unused;
    /* philox4x32 10 in kat_vectors of Random123. */
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const dl__stream s = {{known[i].key[0], known[i].key[1]},
                              {known[i].counter[2], known[i].counter[3]}};
        uint32_t w[4];
        dl__random_block(&s, known[i].counter[0] | (uint64_t)known[i].counter[1] << 32, w);
        assert_memory_equal(w, known[i].want, sizeof w);
    }
}

static void keys_and_numbers_are_those_documented(void **unused)
{
    (void)unused;
    /* The first output of SplitMix64 from state 0 is known: mix(0x9e3779b97f4a7c15). */
    const dl__stream one = dl__random_stream(0, 1, 0x123456789abcdef0);
    assert_int_equal(one.key[0] | (uint64_t)one.key[1] << 32, 0xe220a8397b1dcdafu);
    assert_int_equal(one.ticket[0], 0x9abcdef0);
    assert_int_equal(one.ticket[1], 0x12345678);
    const dl__stream s = stream();
    uint32_t w[4];
    dl__random_block(&s, 5, w);
    assert_true(dl__uniform_f32(&s, 22) == (float)(w[2] >> 8) * 0x1p-24f);
    const uint64_t u = w[2] | (uint64_t)w[3] << 32, v = w[0] | (uint64_t)w[1] << 32;
    assert_true(dl__uniform_f64(&s, 11) == (double)(u >> 11) * 0x1p-53);
    const double r = sqrt(-2 * log((double)((v >> 11) + 1) * 0x1p-53));
    const double turn = 2 * acos(-1) * ((double)(u >> 11) * 0x1p-53);
    assert_true(fabs(dl__normal_f64(&s, 10) - r * cos(turn)) < 1e-14);
    assert_true(fabs(dl__normal_f64(&s, 11) - r * sin(turn)) < 1e-14);
    const double rf = sqrt(-2 * log(((double)w[2] + 0.5) * 0x1p-32));
    const double turnf = 2 * acos(-1) * ((double)(w[3] >> 8) * 0x1p-24);
    assert_true(fabs((double)dl__normal_f32(&s, 22) - rf * cos(turnf)) < 1e-5);
    assert_true(fabs((double)dl__normal_f32(&s, 23) - rf * sin(turnf)) < 1e-5);
}

static void fills_equal_the_pure_functions_from_any_start(void **unused)
{
    (void)unused;
    static float x[1100], y[1100];
    static double a[1100], b[1100];
    static const uint64_t starts[] = {0, 1, 2, 3, 511, 513, 0xfffffffffeu, UINT64_MAX / 2};
    const dl__stream s = stream();
    const int old = dl__isa();
    for (int isa = 0; isa < DL__ISAS; isa++) {
        dl__isa_force(isa);
        for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
            const int64_t n = k % 2 ? 1100 - 7 * (int64_t)k : (int64_t)k;
            dl__fill_uniform_f32(&s, starts[k], x, n);
            dl__fill_normal_f32(&s, starts[k], y, n);
            dl__fill_uniform_f64(&s, starts[k], a, n);
            dl__fill_normal_f64(&s, starts[k], b, n);
            for (int64_t i = 0; i < n; i++) {
                const uint64_t at = starts[k] + (uint64_t)i;
                assert_true(x[i] == dl__uniform_f32(&s, at) && y[i] == dl__normal_f32(&s, at));
                assert_true(a[i] == dl__uniform_f64(&s, at) && b[i] == dl__normal_f64(&s, at));
            }
        }
    }
    dl__isa_force(old);
}

static void a_fill_touches_its_elements_only(void **unused)
{
    (void)unused;
    float x[6] = {9, 9, 9, 9, 9, 9};
    const dl__stream s = stream();
    dl__fill_uniform_f32(&s, 3, x + 1, 4);
    assert_true(x[0] == 9 && x[5] == 9 && x[1] < 1 && x[4] < 1);
    dl__fill_normal_f32(&s, 3, x, 0);
    assert_true(x[0] == 9);
}

/* Mean, variance, skewness and kurtosis of x, each within 5 standard errors. */
static void check_normal(const double *x)
{
    double m[4] = {0};
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 4; k++)
            m[k] += pow(x[i], k + 1) / N;
    assert_true(fabs(m[0]) < 5 * sqrt(1.0 / N));
    assert_true(fabs(m[1] - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(m[2]) < 5 * sqrt(15.0 / N));
    assert_true(fabs(m[3] - 3) < 5 * sqrt(96.0 / N));
}

static void moments_are_those_of_the_distributions(void **unused)
{
    (void)unused;
    static float f[N];
    static double d[N];
    const dl__stream s = stream();
    for (int wide = 0; wide < 2; wide++) {
        dl__fill_uniform_f64(&s, 0, d, N);
        dl__fill_uniform_f32(&s, 0, f, N);
        double mean = 0, square = 0, lag = 0;
        for (int i = 0; i < N; i++) {
            const double v = wide ? d[i] : (double)f[i], next = i + 1 < N ? d[i + 1] : 0.5;
            assert_true(v >= 0 && v < 1);
            mean += v / N;
            square += v * v / N;
            lag += (d[i] - 0.5) * (next - 0.5) / N;
        }
        assert_true(fabs(mean - 0.5) < 5 * sqrt(1.0 / 12 / N));
        assert_true(fabs(square - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
        assert_true(fabs(lag) < 5 / 12.0 / sqrt(N));
    }
    dl__fill_normal_f64(&s, 0, d, N);
    check_normal(d);
    dl__fill_normal_f32(&s, 0, f, N);
    for (int i = 0; i < N; i++)
        d[i] = (double)f[i];
    check_normal(d);
}

static void bounded_numbers_fill_their_range_evenly(void **unused)
{
    (void)unused;
    const dl__stream s = stream();
    int count[10] = {0};
    for (uint64_t i = 0; i < N; i++)
        count[dl__bounded(&s, i, 10)]++;
    double chi = 0;
    for (int k = 0; k < 10; k++)
        chi += (count[k] - N / 10.0) * (count[k] - N / 10.0) / (N / 10.0);
    assert_true(chi > 1 && chi < 33); /* 9 degrees of freedom: 1e-3 and 1 - 1e-4 quantiles */
    assert_int_equal(dl__bounded(&s, 3, 1), 0);
    assert_int_equal(dl__bounded(&s, 3, 0), 0);
}

static void bounds_that_reject_half_of_all_tries_stay_unbiased(void **unused)
{
    (void)unused;
    const dl__stream s = stream();
    const uint64_t bound = (1ull << 63) + 1; /* accepts a try with probability one half */
    double mean = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t v = dl__bounded(&s, i, bound);
        assert_true(v < bound);
        mean += (double)v * 0x1p-63 / 20000;
    }
    assert_true(fabs(mean - 0.5) < 5 * sqrt(1.0 / 12 / 20000));
}

static void all_permutations_come_up_equally_often(void **unused)
{
    (void)unused;
    int count[24] = {0};
    for (uint64_t ticket = 0; ticket < 24000; ticket++) {
        const dl__stream s = dl__random_stream(1, DL__FOR_SHUFFLE, ticket);
        int64_t p[4];
        dl__permutation(&s, p, 4);
        int rank = 0;
        for (int i = 0; i < 4; i++) {
            int less = 0;
            for (int j = i + 1; j < 4; j++)
                less += p[j] < p[i];
            rank = rank * (4 - i) + less;
        }
        count[rank]++;
    }
    double chi = 0;
    for (int k = 0; k < 24; k++)
        chi += (count[k] - 1000) * (count[k] - 1000) / 1000.0;
    assert_true(chi > 5 && chi < 57); /* 23 degrees of freedom */
}

static void a_permutation_holds_every_index_once(void **unused)
{
    (void)unused;
    static int64_t p[5000];
    static char seen[5000];
    const dl__stream s = stream();
    dl__permutation(&s, p, 5000);
    for (int i = 0; i < 5000; i++) {
        assert_true(p[i] >= 0 && p[i] < 5000 && !seen[p[i]]);
        seen[p[i]] = 1;
    }
    dl__permutation(&s, p, 0);
    dl__permutation(&s, p, 1);
    assert_int_equal(p[0], 0);
}

static void seeds_purposes_and_tickets_give_different_streams(void **unused)
{
    (void)unused;
    uint32_t w[4][4];
    for (int k = 0; k < 4; k++) {
        const dl__stream s = dl__random_stream(k == 1 ? 2 : 1, k == 2 ? 4 : 3, k == 3 ? 6 : 5);
        dl__random_block(&s, 0, w[k]);
        for (int j = 0; j < k; j++)
            assert_memory_not_equal(w[j], w[k], sizeof w[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_the_known_answers_of_philox),
        cmocka_unit_test(keys_and_numbers_are_those_documented),
        cmocka_unit_test(fills_equal_the_pure_functions_from_any_start),
        cmocka_unit_test(a_fill_touches_its_elements_only),
        cmocka_unit_test(moments_are_those_of_the_distributions),
        cmocka_unit_test(bounded_numbers_fill_their_range_evenly),
        cmocka_unit_test(bounds_that_reject_half_of_all_tries_stay_unbiased),
        cmocka_unit_test(all_permutations_come_up_equally_often),
        cmocka_unit_test(a_permutation_holds_every_index_once),
        cmocka_unit_test(seeds_purposes_and_tickets_give_different_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
