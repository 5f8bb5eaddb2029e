#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "core/utf8.h"

static void well_formed_text_is_told_from_malformed(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc3\xa4",
                                       "\xe2\x82\xac",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xe2\x82",
                                      "\xe2(\xac",
                                      "\xe2\x82(",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x90\x80",
                                      "\xff",
                                      "ok\xfe"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(dl__utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(dl__utf8_valid(bad[i], strlen(bad[i])));
}

static void what_could_disturb_a_terminal_is_escaped(void **state)
{
    (void)state;
    char buf[64];
    assert_string_equal(dl__printable(buf, sizeof buf, "a\n\x1b[1m\x7f\xc3\xa4\xff\xc2\x9b"),
                        "a\\x0a\\x1b[1m\\x7f\xc3\xa4\\xff\\xc2\\x9b");
    assert_string_equal(dl__printable(buf, sizeof buf, NULL), "(null)");
    assert_string_equal(dl__printable(buf, sizeof buf, ""), "");
}

static void long_text_loses_its_middle_and_stays_well_formed(void **state)
{
    (void)state;
    char text[200] = "", buf[64];
    for (int i = 0; i < 60; i++)
        strcat(text, i % 3 ? "\xe2\x82\xac" : "\x01");
    for (size_t cap = 16; cap <= sizeof buf; cap++) {
        memset(buf, 'x', sizeof buf);
        dl__printable(buf, cap, text);
        assert_true(strlen(buf) < cap);
        assert_true(strlen(buf) > cap - 12);
        assert_true(dl__utf8_valid(buf, strlen(buf)));
        assert_non_null(strstr(buf, "..."));
    }
    memset(text, 'a', sizeof text);
    text[63] = '\0';
    assert_string_equal(dl__printable(buf, sizeof buf, text), text);
    text[63] = 'z';
    text[64] = '\0';
    assert_int_equal(strlen(dl__printable(buf, sizeof buf, text)), 63);
    assert_int_equal(buf[62], 'z');
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_told_from_malformed),
        cmocka_unit_test(what_could_disturb_a_terminal_is_escaped),
        cmocka_unit_test(long_text_loses_its_middle_and_stays_well_formed),
    };
    return cmocka_run_group_tests_name("core/utf8", tests, NULL, NULL);
}
