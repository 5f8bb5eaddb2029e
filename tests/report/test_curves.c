/* Curves as pictures. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/report.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 20 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

/* Draws, reads the file back and checks it; the number of elements. */
static int draw(dl_ctx *ctx, const char *title, const char *xlabel, const dl_curve *c, int32_t n)
{
    assert_int_equal(dl_report_curves(ctx, path(), title, xlabel, c, n), DL_OK);
    size_t bytes = scratch_get(path(), text, ROOM - 1);
    assert_true(bytes > 0 && bytes < ROOM - 1);
    text[bytes] = 0;
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    return xml_elements(text, bytes);
}

static int count_of(const char *part)
{
    return xml_count(text, part);
}

static const double fall[] = {2.3, 1.1, 0.7, 0.5, 0.45}, rise[] = {0.4, 0.7, 0.8, 0.86, 0.87};

static void curves_share_the_axes_of_their_panel(void **state)
{
    dl_ctx *ctx = *state;
    const dl_curve c[] = {{.panel = "loss", .name = "training", .y = fall, .n = 5},
                          {.panel = "accuracy", .name = "validation", .y = rise, .n = 5},
                          {.panel = "loss", .name = "validation", .y = rise, .n = 5}};
    draw(ctx, "a run", "epoch", c, 3);
    assert_int_equal(count_of("class=\"panel\">loss<"), 1);
    assert_int_equal(count_of("class=\"panel\">accuracy<"), 1);
    assert_int_equal(count_of("class=\"title\">a run<"), 1);
    assert_int_equal(count_of("class=\"xlabel\">epoch<"), 2);
    assert_int_equal(count_of("class=\"legend\">validation<"), 2);
    assert_int_equal(count_of("<path"), 3);
    assert_int_equal(count_of("<circle"), 15);
    assert_non_null(strstr(text, ">0.5<"));
}

static void gaps_interrupt_the_line(void **state)
{
    dl_ctx *ctx = *state;
    const double y[] = {1, (double)NAN, 2, 3, (double)INFINITY, -(double)INFINITY, 1e301, 4, 5};
    const dl_curve c = {.y = y, .n = 9};
    draw(ctx, NULL, NULL, &c, 1);
    assert_int_equal(count_of("<circle"), 5);
    const char *d = strstr(text, " d=\"") + 4;
    int moves = 0, lines = 0;
    for (; *d != '"'; d++) {
        moves += *d == 'M';
        lines += *d == 'L';
    }
    assert_int_equal(moves, 3);
    assert_int_equal(lines, 2);
}

/* Whatever the numbers, there is a picture, with a handful of ticks. */
static void any_numbers_give_a_picture(void **state)
{
    dl_ctx *ctx = *state;
    static const double pairs[][2] = {
        {0, 0},          {7, 7},           {-3, -3},       {1e17, 1e17 + 16}, {1, 1 + 1e-15},
        {1e300, -1e300}, {1e-300, 2e-300}, {0, 5e-324},    {1e-12, 3e-12},    {0, 1e9},
        {-1e-7, 1e-7},   {123456, 123457}, {1e300, 1e300}, {0.1, 0.7},        {-250, 1250}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const dl_curve c = {.y = pairs[i], .x = pairs[i], .n = 2};
        draw(ctx, "t", "x", &c, 1);
        assert_in_range(count_of("class=\"tick\""), 2, 30);
        assert_int_equal(count_of("<circle"), 2);
    }
    const double nothing = (double)NAN;
    const dl_curve empty[] = {{.y = &nothing, .n = 1}, {.n = 0}};
    draw(ctx, "t", "x", empty, 2);
    draw(ctx, "t", "x", empty + 1, 1);
}

static void ticks_are_round_numbers(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        double low, high;
        const char *tick[3];
    } cases[] = {
        {0, 1, {">0.2<", ">0.4<", ">1.0<"}},          {0, 10, {">2<", ">4<", ">10<"}},
        {0, 40000, {">5000<", ">20000<", ">40000<"}}, {0, 5e7, {">1e7<", ">2e7<", ">5e7<"}},
        {0, 12e7, {">2e7<", ">1e8<", ">1.2e8<"}},     {0, 2e-9, {">5e-10<", ">1e-9<", ">2e-9<"}},
        {-0.004, 0, {">-0.004<", ">-0.002<", ">0<"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double x[] = {cases[i].low, (cases[i].low + cases[i].high) / 2, cases[i].high};
        const double y[] = {1, 2, 3};
        const dl_curve c = {.x = x, .y = y, .n = 3};
        draw(ctx, "t", "x", &c, 1);
        for (int k = 0; k < 3; k++)
            if (!strstr(text, cases[i].tick[k]))
                fail_msg("case %d: no tick %s", (int)i, cases[i].tick[k]);
    }
}

/* There is no epoch 1.5 when the points are at 1, 2, 3. */
static void between_whole_numbers_are_no_ticks(void **state)
{
    static const char before[] = "class=\"tick\">";
    dl_ctx *ctx = *state;
    const double y[] = {10, 20, 30, 40}, parts[] = {1, 1.5, 2};
    for (int64_t n = 1; n <= 4; n++) {
        const dl_curve c = {.y = y, .n = n};
        draw(ctx, "t", "epoch", &c, 1);
        for (const char *p = strstr(text, before); p; p = strstr(p + 1, before)) {
            const char *tick = p + sizeof before - 1;
            assert_int_equal(tick[strcspn(tick, ".<")], '<');
        }
        for (int64_t k = 1; k <= n; k++) {
            const char wanted[] = {'>', (char)('0' + k), '<', 0};
            assert_int_equal(count_of(wanted), 1);
        }
    }
    draw(ctx, "t", "epoch", &(dl_curve){.x = parts, .y = y, .n = 3}, 1);
    assert_int_equal(count_of(">1.2<"), 1);
}

static void logarithmic_axes_have_powers_of_ten(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        double low, high;
        const char *tick[3];
    } cases[] = {{1e-7, 10, {">1e-7<", ">0.001<", ">10<"}},
                 {1, 1000, {">1<", ">10<", ">100<"}},
                 {0.3, 60, {">0.5<", ">2<", ">50<"}},
                 {1e-300, 1e300, {">1e-200<", ">1<", ">1e200<"}},
                 {2, 2.5, {">2.1<", ">2.2<", ">2.5<"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double x[] = {cases[i].low, cases[i].high}, y[] = {1, 2};
        const dl_curve c = {.x = x, .y = y, .n = 2, .log_x = 1};
        draw(ctx, "t", "x", &c, 1);
        assert_in_range(count_of("class=\"tick\""), 4, 30);
        for (int k = 0; k < 3; k++)
            if (!strstr(text, cases[i].tick[k]))
                fail_msg("case %d: no tick %s", (int)i, cases[i].tick[k]);
    }
}

/* 1, 10, 100 are as far apart as 1, 2, 3; what has no logarithm interrupts the line. */
static void logarithmic_axes_show_ratios_as_distances(void **state)
{
    dl_ctx *ctx = *state;
    static const double x[] = {1, 10, 100}, y[] = {1000, 0, 0.001}, even[] = {1, 2, 3};
    const dl_curve c[] = {{.panel = "a", .x = x, .y = even, .n = 3, .log_x = 1},
                          {.panel = "b", .x = even, .y = even, .n = 3}};
    draw(ctx, NULL, NULL, c, 2);
    double at[6];
    const char *p = text;
    for (int i = 0; i < 6; i++) {
        p = strstr(p + 1, "<circle cx=");
        at[i] = atof(strchr(p, '"') + 1);
    }
    assert_true(fabs((at[2] - at[1]) - (at[1] - at[0])) < 0.15);
    assert_true(fabs((at[5] - at[2]) - 420) < 0.15 && fabs((at[4] - at[1]) - 420) < 0.15);
    const dl_curve gap[] = {{.y = y, .n = 3}, {.y = even, .n = 3, .log_y = 1}};
    draw(ctx, NULL, NULL, gap, 2);
    assert_int_equal(count_of("<circle"), 5);
}

static void logarithmic_axes_refuse_what_has_no_logarithm(void **state)
{
    dl_ctx *ctx = *state;
    static const double x[] = {1, 0}, y[] = {1, 2};
    dl_curve c[] = {{.y = y, .n = 2, .log_x = 1}, {.x = x, .y = y, .n = 2}};
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "x 1 of curve 1 is not finite, beyond 1e300, or not above 0");
    c[0].log_x = 2;
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "log_x, log_y of curve 0 are 2, 0");
    c[0].log_x = 0;
    c[1].reserved[0] = 1;
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "reserved");
}

static void texts_cannot_break_the_picture(void **state)
{
    dl_ctx *ctx = *state;
    const char *const bad[] = {"a<b & \"c\">'d'",  "\xff\xfe",     "cut \xe2\x82",     "\xc0\xaf",
                               "\xed\xa0\x80",     "\x01\x02\x1b", "\xef\xbf\xbe",     "]]>",
                               "\xf4\x90\x80\x80", "tab\there",    "\xf0\x9f\x98\x80", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const dl_curve c = {.panel = bad[i], .name = bad[i], .y = fall, .n = 5};
        draw(ctx, bad[i], bad[i], &c, 1);
    }
    const dl_curve c = {.name = "a<b & \"c\"", .y = fall, .n = 5};
    draw(ctx,
         "gr\xc3\xb6\xc3\x9f"
         "er \xff",
         NULL, &c, 1);
    assert_int_equal(count_of(">a&lt;b &amp; &quot;c&quot;<"), 1);
    assert_int_equal(count_of(">gr\xc3\xb6\xc3\x9f"
                              "er \xef\xbf\xbd<"),
                     1);
}

static void long_texts_are_cut_and_long_legends_wrap(void **state)
{
    dl_ctx *ctx = *state;
    static char name[20001];
    for (int i = 0; i < 10000; i++)
        memcpy(name + 2 * i, "\xc3\xa4", 2);
    dl_curve c[6];
    for (int i = 0; i < 6; i++)
        c[i] = (dl_curve){.panel = name, .name = name + 2 * (9980 - i), .y = fall, .n = 5};
    c[5].name = name;
    draw(ctx, name, name, c, 6);
    assert_true(strlen(text) < 20000);
    assert_non_null(strstr(text, "\xe2\x80\xa6"));
    /* A swatch is 3 high; six of them in at least three lines. */
    int heights[600] = {0}, lines = 0;
    for (const char *p = strstr(text, "height=\"3\""); p; p = strstr(p + 1, "height=\"3\"")) {
        int y = atoi(strstr(p, " y=\"") + 4);
        assert_in_range(y, 0, 599);
        lines += !heights[y]++;
    }
    assert_true(lines >= 3);
}

static void limits_are_kept(void **state)
{
    dl_ctx *ctx = *state;
    dl_curve c[33];
    char panel[33][8];
    for (int i = 0; i < 33; i++) {
        snprintf(panel[i], sizeof panel[i], "p%d", i);
        c[i] = (dl_curve){.panel = panel[i % 8], .y = fall, .n = 5};
    }
    draw(ctx, "t", "x", c, 32);
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 33), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "33 curves");
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "0 curves");
    assert_int_equal(dl_report_curves(ctx, NULL, "t", "x", c, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "curves");
    c[8].panel = panel[8];
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 9), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "more than 8 panels");
    c[0].y = NULL;
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "curve 0 has no values");
    c[0].y = fall;
    c[0].n = -1;
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "curve 0 has no values");
    const double x[] = {1, (double)NAN};
    c[0] = (dl_curve){.x = x, .y = fall, .n = 2};
    assert_int_equal(dl_report_curves(ctx, path(), "t", "x", c, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "x 1 of curve 0");
    assert_int_equal(dl_report_curves(NULL, path(), "t", "x", c, 1), DL_EINVAL);
    c[0] = (dl_curve){.y = fall, .n = 5};
    assert_int_equal(dl_report_curves(ctx, scratch_at("no/x.svg"), "t", "x", c, 1), DL_EIO);
    expect_error(ctx, DL_EIO, "no/x.svg");
}

static dl_status report(dl_ctx *ctx, void *user)
{
    return dl_report_curves(ctx, path(), "t", "x", user, 2);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_curve c[] = {{.panel = "a", .name = "b", .y = fall, .n = 5},
                    {.panel = "c", .name = "d", .y = rise, .n = 5}};
    assert_true(fault_loop(ctx, report, NULL, c) > 10);
    assert_int_equal(scratch_entries(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(curves_share_the_axes_of_their_panel),
        with_scratch_ctx(gaps_interrupt_the_line),
        with_scratch_ctx(any_numbers_give_a_picture),
        with_scratch_ctx(ticks_are_round_numbers),
        with_scratch_ctx(between_whole_numbers_are_no_ticks),
        with_scratch_ctx(logarithmic_axes_have_powers_of_ten),
        with_scratch_ctx(logarithmic_axes_show_ratios_as_distances),
        with_scratch_ctx(logarithmic_axes_refuse_what_has_no_logarithm),
        with_scratch_ctx(texts_cannot_break_the_picture),
        with_scratch_ctx(long_texts_are_cut_and_long_legends_wrap),
        with_scratch_ctx(limits_are_kept),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
