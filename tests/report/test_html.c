/* Pages of HTML. */
#include "support/support.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/report.h"
#include "support/fault_io.h"
#include "support/scratch.h"
#include "support/xml.h"

enum { ROOM = 1 << 20 };
static char text[ROOM];

static const char *path(void)
{
    return scratch_at("x.html");
}

static int count_of(const char *part)
{
    return xml_count(text, part);
}

/* Saves, reads back and checks the page; what is in its body is in text then. */
static void read_page(const dl_html *h)
{
    static const char doctype[] = "<!doctype html>\n";
    assert_int_equal(dl_html_save(h, path()), DL_OK);
    size_t n = scratch_get(path(), text, ROOM - 1), skip = sizeof doctype - 1;
    assert_true(n > skip && n < ROOM - 1);
    text[n] = 0;
    assert_memory_equal(text, doctype, skip);
    xml_elements(text + skip, n - skip);
    assert_int_equal(count_of("http"), 1); /* the policy that nothing is fetched */
    assert_int_equal(count_of("<script"), 0);
    memmove(text, strstr(text, "<body>"), strlen(strstr(text, "<body>")) + 1);
}

static dl_html *begin(dl_ctx *ctx)
{
    dl_html *h = dl_html_new(ctx, "a title", NULL);
    assert_non_null(h);
    return h;
}

static void an_empty_page_is_a_page(void **state)
{
    dl_html *h = dl_html_new(*state, NULL, NULL);
    read_page(h);
    assert_int_equal(count_of("<h1></h1>"), 1);
    assert_int_equal(count_of("<nav"), 0);
    dl_html_drop(h);
    dl_html_drop(NULL);
}

static void sections_are_listed_from_the_second_on(void **state)
{
    dl_html *h = dl_html_new(*state, "a title", "below it");
    dl_html_text(h, "before all");
    dl_html_section(h, "first");
    dl_html_text(h, "within");
    read_page(h);
    assert_int_equal(count_of("<h1>a title</h1>\n<p>below it</p>"), 1);
    assert_int_equal(count_of("<nav"), 0);
    assert_int_equal(count_of("<section id=\"s1\">\n<h2>first</h2>\n<p>within</p>\n</section>"), 1);
    dl_html_section(h, "second & last");
    dl_html_heading(h, "a part");
    read_page(h);
    assert_int_equal(count_of("<a href=\"#s1\">first</a>"), 1);
    assert_int_equal(count_of("<a href=\"#s2\">second &amp; last</a>"), 1);
    assert_int_equal(count_of("</section>\n<section id=\"s2\">"), 1);
    assert_int_equal(count_of("<h3>a part</h3>"), 1);
    dl_html_drop(h);
}

static void text_is_cut_into_paragraphs(void **state)
{
    static const struct {
        const char *given, *made;
    } cases[] = {{"one\ntwo\n\n\nthree\n", "<p>one\ntwo</p>\n<p>three</p>\n</main>"},
                 {"\n\r\n  \nx\r\ny\r\n", "<main>\n<p>x\ny</p>\n</main>"},
                 {"", "<main>\n</main>"},
                 {NULL, "<main>\n</main>"},
                 {"a < b", "<p>a &lt; b</p>"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dl_html *h = begin(*state);
        assert_int_equal(dl_html_text(h, cases[i].given), DL_OK);
        read_page(h);
        assert_int_equal(count_of(cases[i].made), 1);
        dl_html_drop(h);
    }
    dl_html *h = begin(*state);
    assert_int_equal(dl_html_code(h, "a  <b>\n\n\tc\r\nd"), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<pre>a  &lt;b&gt;\n\n\tc\nd\n</pre>"), 1);
    dl_html_drop(h);
}

static void facts_are_names_and_values(void **state)
{
    dl_ctx *ctx = *state;
    dl_html *h = begin(ctx);
    static const char *const facts[] = {"accuracy", "92 %", "loss", NULL};
    assert_int_equal(dl_html_facts(h, facts, 2), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<dt>accuracy</dt><dd>92 %</dd>"), 1);
    assert_int_equal(count_of("<dt>loss</dt><dd></dd>"), 1);
    assert_int_equal(dl_html_facts(h, facts, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "0 facts");
    assert_int_equal(dl_html_facts(h, NULL, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_html_drop(h);
}

static void columns_of_numbers_are_set_as_such(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const cell[] = {"layer", "shape",    "parameters", "share", "note", "v",
                                       "conv",  "[1, 2]",   "1,234",      "12 %",  NULL,   "1",
                                       "dense", "[10]",     "7",          "-",     "",     "x",
                                       "relu",  "1e400abc", "-2e-05",     "3.5%",  NULL,   "2"};
    dl_html *h = begin(ctx);
    assert_int_equal(dl_html_table(h, "what <is> there", cell, 4, 6), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<caption>what &lt;is&gt; there</caption>"), 1);
    assert_int_equal(count_of("<th scope=\"col\" class=\"n\">parameters</th>"), 1);
    assert_int_equal(count_of("<td class=\"n\">12 %</td>"), 1);
    assert_int_equal(count_of("<td>[10]</td>"), 1);
    assert_int_equal(count_of("<td>2</td>"), 1); /* not all of its column are numbers */
    assert_int_equal(count_of("<td></td>"), 3);
    assert_int_equal(count_of("<th scope=\"row\">conv</th>"), 1);
    dl_html_drop(h);
    h = begin(ctx);
    assert_int_equal(dl_html_table(h, NULL, cell, 3, 1), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<th scope=\"col\">layer</th>"), 1);
    assert_int_equal(count_of("<td>"), 2);
    assert_int_equal(count_of("<caption"), 0);
    assert_int_equal(dl_html_table(h, NULL, cell, 0, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "0 rows of 1 cells");
    assert_int_equal(dl_html_table(h, NULL, cell, 1, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "1 rows of 0 cells");
    assert_int_equal(dl_html_table(h, NULL, NULL, 1, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_html_drop(h);
}

/* Nothing that a page is given becomes markup. */
static void texts_cannot_break_the_page(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const bad[] = {"<script>alert(1)</script>",
                                      "\" onload=\"x",
                                      "'><b>",
                                      "&#60;",
                                      "\xff\xfe",
                                      "cut \xe2\x82",
                                      "\xed\xa0\x80",
                                      "\x01\x1b\x7f",
                                      "]]>",
                                      "-->",
                                      "\xef\xbf\xbf",
                                      "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *b = bad[i], *const two[] = {b, b, b, b};
        dl_html *h = dl_html_new(ctx, b, b);
        dl_metric *m = dl_metric_confusion(ctx, 2, NULL);
        dl_html_section(h, b);
        dl_html_section(h, b);
        dl_html_heading(h, b);
        dl_html_text(h, b);
        dl_html_code(h, b);
        dl_html_facts(h, two, 2);
        dl_html_table(h, b, two, 2, 2);
        dl_html_picture_bytes(h, "<svg/>", 6, b, b);
        dl_html_classes(h, m, two);
        expect_ok(ctx);
        read_page(h);
        assert_int_equal(count_of("<b>"), 0);
        assert_int_equal(count_of("onload=\"x"), 0);
        assert_int_equal(count_of("alt=\""), 1);
        dl_metric_drop(m);
        dl_html_drop(h);
    }
}

/* ---- pictures ---- */

static void pictures_are_known_by_their_first_bytes(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *bytes, *type;
    } cases[] = {
        {"<svg/>", "svg+xml"},
        {"<svg xmlns=\"x\"></svg>", "svg+xml"},
        {"<!-- 2 > 1 --><svg/>", "svg+xml"},
        {"<!-- <svg/> ", NULL},
        {"\xef\xbb\xbf \n<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg\n>", "svg+xml"},
        {"\x89PNG\r\n\x1a\n...", "png"},
        {"\xff\xd8\xff\xe0...", "jpeg"},
        {"", NULL},
        {"<html></html>", NULL},
        {"<svgs/>", NULL},
        {"<?xml", NULL},
        {"<!-", NULL},
        {"GIF89a", NULL},
        {"\x89PNG\r\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *b = cases[i].bytes;
        char type[64];
        dl_html *h = begin(ctx);
        dl_status s = dl_html_picture_bytes(h, b, strlen(b), "words", "below");
        if (cases[i].type) {
            assert_int_equal(s, DL_OK);
            read_page(h);
            snprintf(type, sizeof type, "src=\"data:image/%s;base64,", cases[i].type);
            assert_int_equal(count_of(type), 1);
            assert_int_equal(count_of("alt=\"words\""), 1);
            assert_int_equal(count_of("<figcaption>below</figcaption>"), 1);
        } else {
            assert_int_equal(s, DL_EFORMAT);
            expect_error(ctx, DL_EFORMAT, "neither SVG nor PNG nor JPEG");
        }
        dl_html_drop(h);
    }
}

/* The bytes of the first picture on the page. */
static size_t decoded(unsigned char *to)
{
    const char *p = strstr(text, ";base64,") + 8;
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (; *p != '"'; p += 4) {
        unsigned v = 0;
        int pad = (p[2] == '=') + (p[3] == '=');
        for (int k = 0; k < 4; k++)
            v = v << 6 | (p[k] == '=' ? 0u : (unsigned)(strchr(digit, p[k]) - digit));
        for (int k = 0; k < 3 - pad; k++)
            to[n++] = (unsigned char)(v >> (16 - 8 * k));
    }
    return n;
}

static void pictures_arrive_byte_for_byte(void **state)
{
    static unsigned char data[3000] = "\xff\xd8\xff", back[3000];
    for (size_t i = 3; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 167 >> 3);
    for (size_t n = 3; n < sizeof data; n += n < 12 ? 1 : 255) {
        dl_html *h = begin(*state);
        scratch_put(scratch_at("p.jpg"), data, n);
        assert_int_equal(dl_html_picture(h, scratch_at("p.jpg"), "", NULL), DL_OK);
        read_page(h);
        assert_int_equal(decoded(back), n);
        assert_memory_equal(back, data, n);
        assert_int_equal(count_of("<figcaption"), 0);
        dl_html_drop(h);
    }
}

static void pictures_that_cannot_be_had_are_said(void **state)
{
    dl_ctx *ctx = *state;
    dl_html *h = begin(ctx);
    assert_int_equal(dl_html_picture(h, scratch_at("none.svg"), "", NULL), DL_EIO);
    expect_error(ctx, DL_EIO, "none.svg");
    assert_int_equal(dl_html_picture(h, NULL, "", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path is NULL");
    assert_int_equal(dl_html_picture(h, path(), NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "alt is NULL");
    assert_int_equal(dl_html_picture_bytes(h, NULL, 3, "", NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "data is NULL");
    assert_int_equal(dl_html_picture_bytes(h, "<svg/>", 6, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "alt is NULL");
    scratch_put(scratch_at("t.txt"), "text", 4);
    assert_int_equal(dl_html_picture(h, scratch_at("t.txt"), "", NULL), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "t.txt is neither");
    read_page(h);
    assert_int_equal(count_of("<figure"), 0);
    dl_html_drop(h);
}

static void pages_are_bounded(void **state)
{
    dl_ctx *ctx = *state;
    enum { MOST = 16 << 20 };
    char *data = calloc(1, MOST + 1);
    memcpy(data, "<svg/>", 6);
    dl_html *h = begin(ctx);
    assert_int_equal(dl_html_picture_bytes(h, data, MOST + 1, "", NULL), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "16777217 bytes");
    for (int i = 0; i < 2; i++)
        assert_int_equal(dl_html_picture_bytes(h, data, MOST, "", NULL), DL_OK);
    assert_int_equal(dl_html_picture_bytes(h, data, MOST, "", NULL), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "larger than 64 MiB");
    assert_int_equal(dl_html_text(h, "there is room for this"), DL_OK);
    dl_html_drop(h);
    free(data);
}

/* ---- classes ---- */

static dl_metric *seen(dl_ctx *ctx, int32_t classes)
{
    dl_metric *m = dl_metric_confusion(ctx, classes, NULL);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 0, 1, 1);
    dl_tensor *x = make_tensor(ctx, DL_I64, DL_SHAPE(4), 0, 1, 1, 1);
    assert_int_equal(dl_metric_add(m, x, y), DL_OK);
    return m;
}

static void classes_have_their_numbers(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const names[] = {"cat", NULL, "dog"};
    dl_metric *few = seen(ctx, 3), *many = seen(ctx, 1000), *other = dl_metric_auc(ctx, 2, NULL);
    dl_html *h = begin(ctx);
    assert_int_equal(dl_html_classes(h, few, names), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<th scope=\"row\">cat</th><td class=\"n bar\" "
                              "style=\"--v:100.0%\">1.0000</td><td class=\"n bar\" "
                              "style=\"--v:50.0%\">0.5000</td>"),
                     1);
    assert_int_equal(count_of("<th scope=\"row\">1</th>"), 1);
    assert_int_equal(count_of("\xe2\x80\x93</td>"), 3); /* there are no dogs */
    assert_int_equal(count_of("<details"), 0);
    dl_html_drop(h);
    h = begin(ctx);
    assert_int_equal(dl_html_classes(h, many, NULL), DL_OK);
    read_page(h);
    assert_int_equal(count_of("<summary>each of 1000 classes</summary>"), 1);
    assert_int_equal(count_of("<tr>"), 1005);
    assert_int_equal(dl_html_classes(h, other, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another kind");
    assert_int_equal(dl_html_classes(h, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_html_drop(h);
    dl_metric_drop(few);
    dl_metric_drop(many);
    dl_metric_drop(other);
}

/* ---- failures ---- */

static void a_page_that_is_not_there_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const words[] = {"a", "b"};
    assert_null(dl_html_new(NULL, "t", "s"));
    assert_int_equal(dl_html_section(NULL, "t"), DL_EINVAL);
    assert_int_equal(dl_html_heading(NULL, "t"), DL_EINVAL);
    assert_int_equal(dl_html_text(NULL, "t"), DL_EINVAL);
    assert_int_equal(dl_html_code(NULL, "t"), DL_EINVAL);
    assert_int_equal(dl_html_facts(NULL, words, 1), DL_EINVAL);
    assert_int_equal(dl_html_table(NULL, "t", words, 1, 2), DL_EINVAL);
    assert_int_equal(dl_html_picture(NULL, "t", "", NULL), DL_EINVAL);
    assert_int_equal(dl_html_picture_bytes(NULL, "<svg/>", 6, "", NULL), DL_EINVAL);
    assert_int_equal(dl_html_classes(NULL, NULL, NULL), DL_EINVAL);
    assert_int_equal(dl_html_save(NULL, path()), DL_EINVAL);
    dl_html *h = begin(ctx);
    assert_int_equal(dl_html_save(h, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "path");
    assert_int_equal(dl_html_save(h, scratch_at("no/x.html")), DL_EIO);
    expect_error(ctx, DL_EIO, "no/x.html");
    dl_html_drop(h);
}

/* All that a page can hold, from the same input. */
static dl_status fill(dl_ctx *ctx, void *user)
{
    static const char *const words[] = {"a", "b", "c", "1"};
    dl_html *h = dl_html_new(ctx, "t", "s");
    dl_html_section(h, "one");
    dl_html_text(h, "text");
    dl_html_code(h, "code");
    dl_html_section(h, "two");
    dl_html_facts(h, words, 2);
    dl_html_table(h, "caption", words, 2, 2);
    dl_html_picture_bytes(h, "<svg/>", 6, "", NULL);
    dl_html_classes(h, user, NULL);
    dl_html_save(h, path());
    dl_html_drop(h);
    return dl_ctx_status(ctx);
}

static void equal_input_gives_equal_bytes(void **state)
{
    dl_ctx *ctx = *state;
    static char other[ROOM];
    dl_metric *m = seen(ctx, 3);
    assert_int_equal(fill(ctx, m), DL_OK);
    size_t n = scratch_get(path(), text, ROOM);
    dl_ctx_clear(ctx);
    assert_int_equal(fill(ctx, m), DL_OK);
    assert_int_equal(scratch_get(path(), other, ROOM), n);
    assert_memory_equal(text, other, n);
    dl_metric_drop(m);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_metric *m = seen(ctx, 3);
    assert_true(fault_loop(ctx, fill, NULL, m) > 30);
    assert_int_equal(scratch_entries(), 1);
    dl_metric_drop(m);
}

/* Whatever fails on the disk, the page that was there stays whole. */
static void any_call_of_the_system_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    static char now[ROOM];
    dl_html *h = begin(ctx);
    dl_html_section(h, "one");
    dl_html_section(h, "two");
    assert_int_equal(dl_html_save(h, path()), DL_OK);
    size_t n = scratch_get(path(), text, ROOM);
    dl_html_text(h, "more");
    int64_t failed = 0;
    for (int64_t k = 1; k < 200; k++) {
        fault_io f;
        fault_io_begin(&f);
        f.fail_at = k;
        f.code = 5; /* EIO */
        dl_status s = dl_html_save(h, path());
        fault_io_end();
        assert_int_equal(f.open_files, 0);
        if (s == DL_OK && f.hits == 0)
            break;
        if (s == DL_OK)
            continue; /* what failed was not needed; the page is new */
        failed++;
        expect_error(ctx, DL_EIO, "");
        assert_int_equal(scratch_entries(), 1);
        size_t found = scratch_get(path(), now, ROOM);
        assert_true(found == n ? !memcmp(now, text, n) : strstr(now, "more") != NULL);
    }
    assert_true(failed > 3);
    dl_html_drop(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(an_empty_page_is_a_page),
        with_scratch_ctx(sections_are_listed_from_the_second_on),
        with_scratch_ctx(text_is_cut_into_paragraphs),
        with_scratch_ctx(facts_are_names_and_values),
        with_scratch_ctx(columns_of_numbers_are_set_as_such),
        with_scratch_ctx(texts_cannot_break_the_page),
        with_scratch_ctx(pictures_are_known_by_their_first_bytes),
        with_scratch_ctx(pictures_arrive_byte_for_byte),
        with_scratch_ctx(pictures_that_cannot_be_had_are_said),
        with_scratch_ctx(pages_are_bounded),
        with_scratch_ctx(classes_have_their_numbers),
        with_scratch_ctx(a_page_that_is_not_there_is_refused),
        with_scratch_ctx(equal_input_gives_equal_bytes),
        with_scratch_ctx(any_allocation_may_fail),
        with_scratch_ctx(any_call_of_the_system_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
