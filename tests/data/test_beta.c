/* Draws from the beta distribution. */
#include <math.h>
#include "data/beta.h"
#include "support/support.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Mean 1/2, variance 1 / (4 (2 alpha + 1)), fourth central moment 3 / (16 (2 a + 1) (2 a + 3)). */
static void moments_are_those_of_the_distribution(void **state)
{
    (void)state;
    static const double alphas[] = {0.05, 0.2, 0.5, 0.999, 1, 1.5, 4, 30, 1000};
    enum { N = 20000 };
    for (size_t k = 0; k < sizeof alphas / sizeof *alphas; k++) {
        const double a = alphas[k], variance = 1 / (4 * (2 * a + 1));
        const double fourth = 3 / (16 * (2 * a + 1) * (2 * a + 3));
        double sum = 0, second = 0, last = 0;
        for (uint64_t key = 0; key < N; key++) {
            const double x = dl__beta(key * 977, a), d = x - 0.5;
            assert_true(x >= 0 && x <= 1);
            sum += d;
            second += d * d;
            last += d * d * d * d;
        }
        assert_near(sum / N, 0, 5 * sqrt(variance / N));
        assert_near(second / N, variance, 5 * sqrt((fourth - variance * variance) / N));
        assert_near(last / N / fourth, 1, 0.15);
    }
}

/* Beta(1, 1) is uniform: every tenth holds a tenth. Beta(1/2, 1/2) is the arcsine law: its
 * distribution function is 2 asin(sqrt(x)) / pi. */
static void two_of_them_have_simple_laws(void **state)
{
    (void)state;
    int uniform[10] = {0}, arcsine[10] = {0};
    for (uint64_t key = 0; key < 10000; key++) {
        uniform[(int)(dl__beta(key, 1) * 9.9999999)]++;
        arcsine[(int)(2 / M_PI * asin(sqrt(dl__beta(key, 0.5))) * 9.9999999)]++;
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(uniform[i], 850, 1150);
        assert_in_range(arcsine[i], 850, 1150);
    }
}

static void a_tiny_alpha_gives_one_or_the_other(void **state)
{
    (void)state;
    int ones = 0;
    for (uint64_t key = 0; key < 1000; key++) {
        const double x = dl__beta(key, 1e-6);
        assert_true(x < 1e-9 || x > 1 - 1e-9);
        ones += x > 0.5;
        const double least = dl__beta(key, 5e-324);
        assert_true(least == 0 || least == 1);
    }
    assert_in_range(ones, 421, 579);
}

static void a_key_always_gives_the_same(void **state)
{
    (void)state;
    assert_true(dl__beta(3, 0.2) == dl__beta(3, 0.2));
    assert_true(dl__beta(3, 0.2) != dl__beta(4, 0.2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_the_distribution),
        cmocka_unit_test(two_of_them_have_simple_laws),
        cmocka_unit_test(a_tiny_alpha_gives_one_or_the_other),
        cmocka_unit_test(a_key_always_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
