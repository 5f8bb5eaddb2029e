/* Numbers as text, under every locale that the machine has. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fenv.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include "core/text.h"

static const struct {
    double v;
    const char *text;
} numbers[] = {
    {0.1, "0.1"},
    {-0.1, "-0.1"},
    {0, "0"},
    {-0.0, "-0"},
    {3, "3"},
    {100, "100"},
    {1e15, "1000000000000000"},
    {1e16, "1e+16"},
    {123456.789, "123456.789"},
    {0.0001, "0.0001"},
    {0.00012, "0.00012"},
    {1e-5, "1e-05"},
    {1.25e-7, "1.25e-07"},
    {1e100, "1e+100"},
    {5e-324, "5e-324"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {2.0 / 3, "0.6666666666666666"},
    {9007199254740993.0, "9007199254740992"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {NAN, "nan"},
};

static void check_numbers(void)
{
    char buf[DL__NUMBER];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_string_equal(dl__double_text(buf, numbers[i].v), numbers[i].text);
        double back = 7;
        assert_true(dl__parse_double(buf, &back));
        assert_true(memcmp(&back, &numbers[i].v, sizeof back) == 0 || isnan(back));
    }
    assert_string_equal(dl__fixed_text(buf, 1.005, 1), "1.0");
    assert_string_equal(dl__fixed_text(buf, -12.3456, 2), "-12.35");
    assert_string_equal(dl__fixed_text(buf, 12.5, 0), "12");
    assert_string_equal(dl__fixed_text(buf, -0.0004, 2), "0.00");
    assert_string_equal(dl__fixed_text(buf, 99.999, 2), "100.00");
    assert_string_equal(dl__fixed_text(buf, 0.123456789, 99), "0.123456789");
    assert_string_equal(dl__fixed_text(buf, 0.5, -1), "0");
    assert_string_equal(dl__fixed_text(buf, -999999999999999.0, 9), "-999999999999999.000000000");
    assert_string_equal(dl__fixed_text(buf, 1e15, 2), "1000000000000000");
    assert_string_equal(dl__fixed_text(buf, 1e300, 2), "1e+300");
    assert_string_equal(dl__fixed_text(buf, NAN, 2), "nan");
}

static void numbers_are_written_short_and_read_back_exactly(void **unused)
{
    (void)unused;
    check_numbers();
}

static void every_double_reads_back(void **unused)
{
    (void)unused;
    uint64_t u = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        u ^= u << 13;
        u ^= u >> 7;
        u ^= u << 17;
        double v, back;
        memcpy(&v, &u, sizeof v);
        if (i % 4 == 0)
            v = (double)(int64_t)(u >> 40) / 1000;
        char buf[DL__NUMBER];
        if (isnan(v))
            continue;
        assert_true(dl__parse_double(dl__double_text(buf, v), &back));
        assert_memory_equal(&back, &v, sizeof v);
        assert_true(i % 4 || strlen(buf) <= 12); /* at most 8 digits before and 3 after the point */
    }
}

static void the_locale_changes_nothing(void **unused)
{
    (void)unused;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",  "de_DE",   "fr_FR.UTF-8",
                                        "ps_AF.UTF-8", "hi_IN.UTF-8", "C.UTF-8", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i]))
            check_numbers();
    setlocale(LC_ALL, "C");
}

static void the_rounding_of_the_host_changes_nothing(void **unused)
{
    (void)unused;
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char buf[DL__NUMBER];
        double v = 0;
        fesetround(modes[i]);
        check_numbers();
        assert_string_equal(dl__fixed_text(buf, 2.5, 0), "2");
        assert_string_equal(dl__fixed_text(buf, 3.5, 0), "4");
        assert_true(dl__parse_double("0.3", &v));
        fesetround(FE_TONEAREST);
        assert_true(v == 0.3);
    }
}

static void only_whole_decimal_numbers_are_read(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"",         " 1",   "1 ",    "0,5",    "1e",    "e5",
                                      ".",        "-",    "+",     "0x1",    "1e+",   "1.5f",
                                      "infinity", "NAN",  "INF",   "+inf",   "1e999", "-1e999",
                                      "--1",      "1..2", "1_000", "nan(1)", "1.2.3", "1e5.5"};
    double v = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(dl__parse_double(bad[i], &v));
    assert_false(dl__parse_double(NULL, &v));
    assert_true(v == 7);
    assert_true(dl__parse_double("+.5", &v) && v == 0.5);
    assert_true(dl__parse_double("2.", &v) && v == 2);
    assert_true(dl__parse_double("1E3", &v) && v == 1000);
    assert_true(dl__parse_double("1e-999", &v) && v == 0);
    assert_true(dl__parse_double("0.1000000000000000055511151231257827021181583404541015625", &v) &&
                v == 0.1);
}

static void whole_numbers_are_read_within_their_range(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "1.0",
                                      " 1",
                                      "1 ",
                                      "1e3",
                                      "0x10",
                                      "--1",
                                      "+-1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    int64_t v = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(dl__parse_i64(bad[i], &v));
    assert_false(dl__parse_i64(NULL, &v));
    assert_true(v == 7);
    assert_true(dl__parse_i64("9223372036854775807", &v) && v == INT64_MAX);
    assert_true(dl__parse_i64("-9223372036854775808", &v) && v == INT64_MIN);
    assert_true(dl__parse_i64("+007", &v) && v == 7);
}

static void shapes_are_written_like_lists_and_cut_with_dots(void **unused)
{
    (void)unused;
    const int64_t dims[] = {2, 30, INT64_MIN};
    char buf[64];
    assert_string_equal(dl__shape_text(buf, sizeof buf, dims, 0), "[]");
    assert_string_equal(dl__shape_text(buf, sizeof buf, NULL, 0), "[]");
    assert_string_equal(dl__shape_text(buf, sizeof buf, dims, 1), "[2]");
    assert_string_equal(dl__shape_text(buf, sizeof buf, dims, 3), "[2, 30, -9223372036854775808]");
    assert_string_equal(dl__shape_text(buf, 8, dims, 2), "[2, 30]");
    assert_string_equal(dl__shape_text(buf, 7, dims, 2), "[2,...");
    assert_string_equal(dl__shape_text(buf, 12, dims, 3), "[2, 30, ...");
    for (size_t cap = 1; cap < 40; cap++) {
        memset(buf, 'x', sizeof buf);
        dl__shape_text(buf, cap, dims, 3);
        assert_true(strlen(buf) < cap);
        assert_int_equal(buf[cap], 'x');
    }
    buf[0] = 'x';
    dl__shape_text(buf, 0, dims, 3);
    assert_int_equal(buf[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_short_and_read_back_exactly),
        cmocka_unit_test(every_double_reads_back),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(the_rounding_of_the_host_changes_nothing),
        cmocka_unit_test(only_whole_decimal_numbers_are_read),
        cmocka_unit_test(whole_numbers_are_read_within_their_range),
        cmocka_unit_test(shapes_are_written_like_lists_and_cut_with_dots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
