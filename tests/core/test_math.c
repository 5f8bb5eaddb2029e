/* Our mathematics against the C library's in long double, at least 2^11 times as precise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include "core/math.h"

/* valgrind computes long double in 64 bits: there it is no better than what it should judge. */
#ifdef DL_UNDER_VALGRIND
#define NEEDS_LONG_DOUBLE() skip()
#else
#define NEEDS_LONG_DOUBLE() (void)0
#endif

typedef struct subject {
    const char *name;
    float (*f)(float);
    double (*d)(double);
    long double (*truth)(long double);
    double low, high;        /* where doubles are dense in interesting values */
    double ulp_f, ulp_d;     /* promised in core/math.h */
    uint64_t hash_f, hash_d; /* of the results on a fixed sweep, the same with every compiler */
} subject;

static long double sigmoidl(long double x)
{
    return 1.0L / (1.0L + expl(-x));
}

static const subject subjects[] = {
    {"exp", dl__expf, dl__exp, expl, -750, 715, 1.0, 0.75, 0xe07ab3abdc1e4666u,
     0x903a1ff6f71507d8u},
    {"expm1", dl__expm1f, dl__expm1, expm1l, -50, 715, 1.5, 1.25, 0xf44136867ef66d3du,
     0xde721e6cecd00a42u},
    {"log", dl__lnf, dl__ln, logl, 0, 10, 1.0, 0.9, 0x311b5ab031c459d0u, 0x5d36cfb9b37bd656u},
    {"log1p", dl__log1pf, dl__log1p, log1pl, -1, 10, 1.5, 1.25, 0xd3a661e84a0012f8u,
     0x66cddd91d820655du},
    {"sin", dl__sinf, dl__sin, sinl, -100, 100, 0.51, 0.85, 0xea45808bad84cf81u,
     0xb2c12d739e40ed43u},
    {"cos", dl__cosf, dl__cos, cosl, -100, 100, 0.51, 0.85, 0x5e5eaac589e3ae12u,
     0xd86eff24f6f8730bu},
    {"tanh", dl__tanhf, dl__tanh, tanhl, -25, 25, 2.2, 1.75, 0x9ea33e6d90243764u,
     0xb79322de04644b35u},
    {"sigmoid", dl__sigmoidf, dl__sigmoid, sigmoidl, -750, 100, 1.6, 1.4, 0x1c775ddcfa20de9cu,
     0xb9f515f6ed82d95au},
    {"erf", dl__erff, dl__erf, erfl, -7, 7, 1.0, 1.1, 0x78a2e8b35ef8f0d8u, 0x36e3c20ee68a3377u},
    {"erfc", dl__erfcf, dl__erfc, erfcl, -7, 28, 4.0, 4.0, 0xfcf24343e190911fu,
     0x6b61601bc8be151cu},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static uint64_t state = 88172645463325252u;

static uint64_t word(void) /* xorshift64 */
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double uniform(double low, double high)
{
    return low + (high - low) * ((double)(word() >> 11) * 0x1p-53);
}

/* Distance from got to the true value in units of the last place of a format with `digits` bits and
 * least exponent `least`; HUGE_VAL when special values differ. */
static double distance(long double got, long double want, int digits, int least, long double max)
{
    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want) ? 0 : HUGE_VAL;
    int e;
    frexpl(fabsl(want) > max ? max : want, &e);
    const long double unit = ldexpl(1, (e < least ? least : e) - digits);
    if (isinf(got)) /* right when the true value rounds to infinity, or nearly */
        return (got > 0) == (want > 0) && fabsl(want) > max - unit ? 0 : HUGE_VAL;
    if (isinf(want))
        return HUGE_VAL;
    return (double)(fabsl(got - want) / unit);
}

static double distance_f(float got, long double want)
{
    return distance((long double)got, want, FLT_MANT_DIG, FLT_MIN_EXP, (long double)FLT_MAX);
}

static double distance_d(double got, long double want)
{
    return distance((long double)got, want, DBL_MANT_DIG, DBL_MIN_EXP, (long double)DBL_MAX);
}

static void floats_are_within_the_promised_error_over_their_whole_range(void **unused)
{
    (void)unused;
    for (int k = 0; k < SUBJECTS; k++) {
        const subject *s = subjects + k;
        double worst = 0;
        float at = 0;
        for (uint64_t u = 0; u < 1ull << 32; u += 8191) {
            const float x = dl__from_bits_f32((uint32_t)u);
            const double e = distance_f(s->f(x), s->truth((long double)x));
            if (!(e <= worst)) {
                worst = e;
                at = x;
            }
        }
        for (int i = 0; i < 100000; i++) {
            const float x = (float)uniform(-8, 8);
            const double e = distance_f(s->f(x), s->truth((long double)x));
            if (!(e <= worst)) {
                worst = e;
                at = x;
            }
        }
        print_message("%s f32: %.3f ulp at %a\n", s->name, worst, (double)at);
        assert_true(worst <= s->ulp_f);
        assert_true(worst > 0.4); /* else the test looked nowhere */
    }
}

static void doubles_are_within_the_promised_error_over_their_whole_range(void **unused)
{
    (void)unused;
    NEEDS_LONG_DOUBLE();
    for (int k = 0; k < SUBJECTS; k++) {
        const subject *s = subjects + k;
        double worst = 0, at = 0;
        for (int i = 0; i < 300000; i++) {
            double x = i % 3 == 1 ? uniform(s->low, s->high) : uniform(-2, 2);
            if (i % 3 == 0)
                x = dl__from_bits_f64(word());
            const double e = distance_d(s->d(x), s->truth((long double)x));
            if (!(e <= worst)) {
                worst = e;
                at = x;
            }
        }
        print_message("%s f64: %.3f ulp at %a\n", s->name, worst, at);
        assert_true(worst <= s->ulp_d);
        assert_true(worst > 0.4);
    }
}

static void powers_are_within_the_promised_error(void **unused)
{
    (void)unused;
    NEEDS_LONG_DOUBLE();
    double worst_f = 0, worst_d = 0;
    for (int i = 0; i < 300000; i++) {
        const double wide = i & 1 ? 1400 : 2;
        double x = exp(wide * uniform(-0.5, 0.5));
        double y = i % 3 ? uniform(-750, 750) / fabs(log(x)) : uniform(-4, 4);
        if (i % 16 == 15)
            x = uniform(0, 0x1p-1030);
        double e = distance_d(dl__pow(x, y), powl((long double)x, (long double)y));
        worst_d = !(e <= worst_d) ? e : worst_d;
        const float xf = (float)exp((i & 1 ? 170 : 2) * uniform(-0.5, 0.5));
        const float yf = (float)(i % 3 ? uniform(-105, 105) / fabs(log((double)xf)) : y);
        e = distance_f(dl__powf(xf, yf), powl((long double)xf, (long double)yf));
        worst_f = !(e <= worst_f) ? e : worst_f;
    }
    print_message("pow: %.3f ulp f32, %.3f ulp f64\n", worst_f, worst_d);
    assert_true(worst_f <= 0.51 && worst_f > 0.4);
    assert_true(worst_d <= 1.0 && worst_d > 0.4);
}

/* Equal, zeros with their sign, any NaN like any other. */
static int same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

static void special_values_are_those_of_c99(void **unused)
{
    (void)unused;
    static const struct {
        int subject;
        double x, y;
    } cases[] = {
        {0, 0.0, 1.0},        {0, -0.0, 1.0},          {0, INFINITY, INFINITY},
        {0, -INFINITY, 0.0},  {0, 1e30, INFINITY},     {0, -1e30, 0.0},
        {1, 0.0, 0.0},        {1, -0.0, -0.0},         {1, INFINITY, INFINITY},
        {1, -INFINITY, -1.0}, {1, -1e30, -1.0},        {1, 1e30, INFINITY},
        {2, 0.0, -INFINITY},  {2, -0.0, -INFINITY},    {2, 1.0, 0.0},
        {2, -1.0, NAN},       {2, -INFINITY, NAN},     {2, INFINITY, INFINITY},
        {3, 0.0, 0.0},        {3, -0.0, -0.0},         {3, -1.0, -INFINITY},
        {3, -1.5, NAN},       {3, INFINITY, INFINITY}, {3, -INFINITY, NAN},
        {4, 0.0, 0.0},        {4, -0.0, -0.0},         {4, INFINITY, NAN},
        {4, -INFINITY, NAN},  {5, 0.0, 1.0},           {5, -0.0, 1.0},
        {5, INFINITY, NAN},   {5, -INFINITY, NAN},     {6, 0.0, 0.0},
        {6, -0.0, -0.0},      {6, INFINITY, 1.0},      {6, -INFINITY, -1.0},
        {7, 0.0, 0.5},        {7, -0.0, 0.5},          {7, INFINITY, 1.0},
        {7, -INFINITY, 0.0},  {8, 0.0, 0.0},           {8, -0.0, -0.0},
        {8, INFINITY, 1.0},   {8, -INFINITY, -1.0},    {9, 0.0, 1.0},
        {9, INFINITY, 0.0},   {9, -INFINITY, 2.0},     {9, -1e30, 2.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const subject *s = subjects + cases[i].subject;
        if (!same(s->d(cases[i].x), cases[i].y) ||
            !same((double)s->f((float)cases[i].x), cases[i].y))
            fail_msg("%s(%a) is %a, %a", s->name, cases[i].x, s->d(cases[i].x),
                     (double)s->f((float)cases[i].x));
    }
    for (int k = 0; k < SUBJECTS; k++) {
        assert_true(isnan(subjects[k].d(NAN)));
        assert_true(isnan(subjects[k].f(NAN)));
    }
}

static void tiny_arguments_of_odd_functions_come_back_to_the_bit(void **unused)
{
    (void)unused;
    static const int odd[] = {1, 3, 4, 6}; /* expm1, log1p, sin, tanh */
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const subject *s = subjects + odd[i];
        for (double x = 0x1p-1074; x < 0x1p-60; x *= 1.5 * 0x1p9) {
            assert_true(same(s->d(x), x));
            assert_true(same(s->d(-x), -x));
        }
        for (float x = 0x1p-149f; x < 0x1p-30f; x *= 1.5f * 0x1p4f) {
            assert_true(same((double)s->f(x), (double)x));
            assert_true(same((double)s->f(-x), (double)-x));
        }
    }
}

/* The same special value, small whole number or power of two; else the C library may round
 * otherwise, by a unit of the last place or two. */
static int alike(double a, double b, double unit)
{
    int e;
    const int whole = b == rint(b) && fabs(b) < 0x1p20;
    if (whole || isinf(b) || isnan(b) || fabs(frexp(b, &e)) == 0.5)
        return same(a, b);
    return fabs(a - b) <= fabs(b) * unit;
}

static void pow_follows_the_table_of_c99(void **unused)
{
    (void)unused;
    static const double v[] = {0.0,    -0.0,        0.5,        -0.5,        1.0,    -1.0,
                               2.0,    -2.0,        3.0,        -3.0,        2.5,    -2.5,
                               1e300,  -1e300,      NAN,        0x1p52,      1e18,   0x1p-1074,
                               0x1p53, -0x1p53 + 1, INFINITY,   -INFINITY,   0x1p23, 0x1p24 - 1,
                               0x1p24, -0x1p23 - 1, 0x1p52 + 1, 0x1p51 + 0.5};
    enum { N = sizeof v / sizeof *v };
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            const float x = (float)v[i], y = (float)v[j];
            if (!alike(dl__pow(v[i], v[j]), pow(v[i], v[j]), 0x1p-52))
                fail_msg("pow(%a, %a) is %a", v[i], v[j], dl__pow(v[i], v[j]));
            if (!alike((double)dl__powf(x, y), (double)powf(x, y), 0x1p-23))
                fail_msg("powf(%a, %a) is %a", (double)x, (double)y, (double)dl__powf(x, y));
        }
    }
}

static void angles_next_to_multiples_of_a_quarter_turn_are_right(void **unused)
{
    (void)unused;
    NEEDS_LONG_DOUBLE();
    /* The hardest double (Muller et al., Handbook of Floating-Point Arithmetic), and neighbours. */
    double x[] = {0x1.6ac5b262ca1ffp849, 1e22, 0x1.921fb54442d18p0, 0x1.fffffffffffffp1023, 355.0};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        assert_true(distance_d(dl__sin(x[i]), sinl((long double)x[i])) <= 0.85);
        assert_true(distance_d(dl__cos(x[i]), cosl((long double)x[i])) <= 0.85);
    }
    for (int k = 1; k < 200000; k += 7) {
        const double t = k * 0x1.921fb54442d18p0;
        assert_true(distance_d(dl__cos(t), cosl((long double)t)) <= 0.85);
        assert_true(distance_d(dl__sin(t), sinl((long double)t)) <= 0.85);
        assert_true(distance_f(dl__cosf((float)t), cosl((long double)(float)t)) <= 0.51);
        assert_true(distance_f(dl__sinf((float)t), sinl((long double)(float)t)) <= 0.51);
    }
}

static void turns_are_sines_and_cosines_of_two_pi_u(void **unused)
{
    (void)unused;
    NEEDS_LONG_DOUBLE();
    const long double two_pi = 2 * acosl(-1.0L);
    for (int i = 0; i < 20000; i++) {
        const double u = uniform(0, 1);
        const float v = (float)u;
        assert_true(fabsl((long double)dl__turn_f64(u, 0) - sinl(two_pi * (long double)u)) <
                    2e-16L);
        assert_true(fabsl((long double)dl__turn_f64(u, 1) - cosl(two_pi * (long double)u)) <
                    2e-16L);
        assert_true(fabsl((long double)dl__turn_f32(v, 0) - sinl(two_pi * (long double)v)) < 6e-8L);
        assert_true(fabsl((long double)dl__turn_f32(v, 1) - cosl(two_pi * (long double)v)) < 6e-8L);
    }
    assert_true(dl__turn_f64(0.25, 1) == 0 && dl__turn_f64(0.5, 0) == 0);
}

static uint64_t mix(uint64_t h, uint64_t u)
{
    h = (h ^ u) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

/* Whatever compiler, optimisation or machine: these bits. A change here is a change of every
 * result of every user; it must be wanted. */
static void bits_are_the_same_on_every_machine(void **unused)
{
    (void)unused;
    int differ = 0;
    for (int k = 0; k < SUBJECTS; k++) {
        const subject *s = subjects + k;
        uint64_t hf = 0, hd = 0;
        for (uint64_t u = 0; u < 1ull << 32; u += 32749) {
            const float y = s->f(dl__from_bits_f32((uint32_t)u));
            hf = mix(hf, isnan(y) ? 1 : dl__bits_f32(y));
            const double z = s->d((double)dl__from_bits_f32((uint32_t)u) * (1 + 0x1p-30));
            hd = mix(hd, isnan(z) ? 1 : dl__bits_f64(z));
        }
        if (hf != s->hash_f || hd != s->hash_d) {
            print_message("%s: 0x%016llx, 0x%016llx\n", s->name, (unsigned long long)hf,
                          (unsigned long long)hd);
            differ = 1;
        }
    }
    uint64_t h = 0;
    for (uint64_t u = 1; u < 1ull << 31; u += 65521) {
        const float x = dl__from_bits_f32((uint32_t)u);
        const float y = dl__powf(x, 0.7f);
        const double z = dl__pow((double)x, 1.9);
        h = mix(mix(h, isnan(y) ? 1 : dl__bits_f32(y)), isnan(z) ? 1 : dl__bits_f64(z));
    }
    assert_false(differ);
    assert_int_equal(h, 0x4621f984b970e90du);
}

static void maximum_and_minimum_let_nan_pass(void **unused)
{
    (void)unused;
    const double n = NAN, one = 1;
    assert_true(isnan(DL__MAX(n, one)) && isnan(DL__MAX(one, n)));
    assert_true(isnan(DL__MIN(n, one)) && isnan(DL__MIN(one, n)));
    assert_true(DL__MAX(one, 2.0) == 2.0 && DL__MIN(one, 2.0) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_within_the_promised_error_over_their_whole_range),
        cmocka_unit_test(doubles_are_within_the_promised_error_over_their_whole_range),
        cmocka_unit_test(powers_are_within_the_promised_error),
        cmocka_unit_test(special_values_are_those_of_c99),
        cmocka_unit_test(tiny_arguments_of_odd_functions_come_back_to_the_bit),
        cmocka_unit_test(pow_follows_the_table_of_c99),
        cmocka_unit_test(angles_next_to_multiples_of_a_quarter_turn_are_right),
        cmocka_unit_test(turns_are_sines_and_cosines_of_two_pi_u),
        cmocka_unit_test(bits_are_the_same_on_every_machine),
        cmocka_unit_test(maximum_and_minimum_let_nan_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
