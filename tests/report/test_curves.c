/* Curves as pictures. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/utf8.h"
#include "dl/report.h"
#include "support/scratch.h"

enum { ROOM = 1 << 20 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.svg");
}

static int begin(void **state)
{
    return scratch_begin() || setup_ctx(state);
}

static int finish(void **state)
{
    int failed = teardown_ctx(state);
    scratch_end();
    return failed;
}

/* Behind the name at p. */
static const char *name_end(const char *p)
{
    assert_true((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'));
    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
           *p == '-')
        p++;
    return p;
}

/* Behind one character of text or of an attribute: characters that XML has, and known entities. */
static const char *char_end(const char *p, const char *end)
{
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    assert_true(*p != '<');
    if (*p == '&') {
        for (int i = 0; i < 4; i++)
            if (strncmp(p, entity[i], strlen(entity[i])) == 0)
                return p + strlen(entity[i]);
        fail();
    }
    size_t n = dl__utf8_length(p, (size_t)(end - p));
    assert_true(n > 0);
    assert_true((unsigned char)*p >= 32 || *p == '\n' || *p == '\t');
    assert_false(n == 3 && memcmp(p, "\xef\xbf\xbe", 2) == 0 && (unsigned char)p[2] >= 0xbe);
    return p + n;
}

/* Checks that text is well-formed XML of the kind we write; the number of elements. */
static int elements(size_t n)
{
    const char *p = text, *end = text + n, *open[16];
    int depth = 0, count = 0;
    while (p < end) {
        if (*p != '<') {
            assert_true(depth > 0 || *p == '\n');
            p = char_end(p, end);
            continue;
        }
        if (p[1] == '/') {
            const char *name = p + 2;
            p = name_end(name);
            assert_true(depth-- > 0);
            assert_memory_equal(name, open[depth], (size_t)(p - name));
            assert_int_equal(*p++, '>');
            continue;
        }
        count++;
        assert_true(depth < 16);
        assert_true(depth > 0 || count == 1); /* one root */
        open[depth] = p + 1;
        p = name_end(p + 1);
        while (*p == ' ') {
            p = name_end(p + 1);
            assert_memory_equal(p, "=\"", 2);
            for (p += 2; *p != '"';)
                p = char_end(p, end);
            p++;
        }
        if (p[0] == '/')
            p++;
        else
            depth++;
        assert_int_equal(*p++, '>');
    }
    assert_int_equal(depth, 0);
    return count;
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
    return elements(bytes);
}

static int count_of(const char *part)
{
    int n = 0;
    for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
        n++;
    return n;
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
        {0, 1, {">0.2<", ">0.4<", ">1.0<"}},           {0, 10, {">2<", ">4<", ">10<"}},
        {0, 40000, {">5000<", ">20000<", ">40000<"}},  {0, 5e7, {">1e7<", ">2e7<", ">5e7<"}},
        {0, 12e7, {">2e7<", ">1e8<", ">1.2e8<"}},      {0, 2e-9, {">2e-10<", ">1e-9<", ">2e-9<"}},
        {-0.004, 0, {">-0.0040<", ">-0.0020<", ">0<"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double x[] = {cases[i].low, cases[i].high}, y[] = {1, 2};
        const dl_curve c = {.x = x, .y = y, .n = 2};
        draw(ctx, "t", "x", &c, 1);
        for (int k = 0; k < 3; k++)
            if (!strstr(text, cases[i].tick[k]))
                fail_msg("case %d: no tick %s", (int)i, cases[i].tick[k]);
    }
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

#define in_folder(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(curves_share_the_axes_of_their_panel),
        in_folder(gaps_interrupt_the_line),
        in_folder(any_numbers_give_a_picture),
        in_folder(ticks_are_round_numbers),
        in_folder(texts_cannot_break_the_picture),
        in_folder(long_texts_are_cut_and_long_legends_wrap),
        in_folder(limits_are_kept),
        in_folder(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
