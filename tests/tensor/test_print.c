#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"

typedef struct print_case {
    dl_dtype dtype;
    int32_t ndim;
    int64_t dims[4];
    const double *values;
    dl_print_opts opts;
    const char *text;
} print_case;

#include "print_cases.h"

static void check(const dl_tensor *t, const dl_print_opts *o, const char *wanted)
{
    char text[8192];
    int64_t n = dl_tensor_print(t, text, sizeof text, o);
    assert_string_equal(text, wanted);
    assert_int_equal(n, strlen(wanted));
}

static void prints_what_numpy_prints_in_every_layout(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const print_case *c = &cases[i];
        dl_tensor *t = tensor_of(*state, c->dtype, c->values, c->dims, c->ndim);
        for (int layout = 0; layout < LAYOUTS; layout++)
            check(with_layout(t, layout), &c->opts, c->text);
    }
}

static void a_thousand_elements_are_shown_and_one_more_summarised(void **state)
{
    dl_ctx *ctx = *state;
    const dl_print_opts off = {.threshold = DL_OFF, .line_width = DL_OFF};
    dl_tensor *t = dl_tensor_give(dl_tensor_arange(ctx, DL_I32, 0, 1001, 1));
    check(t, NULL, "[   0    1    2 ...  998  999 1000]");
    /* 1001 numbers of four columns, 1000 spaces, two brackets, on one line */
    assert_int_equal(dl_tensor_print(t, NULL, 0, &off), 1001 * 4 + 1000 + 2);
    t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I32, DL_SHAPE(1000)));
    assert_true(dl_tensor_print(t, NULL, 0, NULL) > 1000);
}

static void the_text_is_cut_to_the_buffer_and_its_length_told(void **state)
{
    dl_tensor *t = make_tensor(*state, DL_I32, DL_SHAPE(3), 1, 2, 3);
    char buf[8];
    for (size_t cap = 1; cap <= sizeof buf; cap++) {
        memset(buf, '#', sizeof buf);
        assert_int_equal(dl_tensor_print(t, buf, cap, NULL), 7);
        size_t shown = cap - 1 < 7 ? cap - 1 : 7;
        assert_memory_equal(buf, "[1 2 3]", shown);
        assert_int_equal(buf[shown], 0);
        for (size_t i = shown + 1; i < sizeof buf; i++)
            assert_int_equal(buf[i], '#');
    }
    assert_int_equal(dl_tensor_print(t, NULL, 0, NULL), 7);
    assert_int_equal(dl_tensor_print(t, buf, 0, NULL), 7);
}

static void the_locale_does_not_matter(void **state)
{
    dl_tensor *t = make_tensor(*state, DL_F64, DL_SHAPE(2), 1234.5, 0.25);
    const char *set = setlocale(LC_ALL, "de_DE.UTF-8");
    check(t, NULL, "[1.2345e+03 2.5000e-01]");
    setlocale(LC_ALL, "C");
    if (!set)
        skip();
}

static void printing_works_while_an_error_stands_and_takes_no_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_fail(ctx, DL_EUSER, "test: stands");
    dl__memory_fail(ctx, 1, 1);
    check(t, NULL, "[1. 2.]");
    dl__memory_fail(ctx, 0, 0);
    dl_ctx_clear(ctx);
}

static void options_out_of_range_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    static const struct {
        dl_print_opts o;
        const char *part;
    } bad[] = {
        {{.precision = 101}, "print: precision is 101, wanted at most 100"},
        {{.precision = -2}, "print: precision is -2"},
        {{.threshold = -2}, "print: threshold -2, edge_items 0, line_width 0: one is negative"},
        {{.edge_items = -1}, "threshold 0, edge_items -1, line_width 0: one is negative"},
        {{.line_width = -2}, "threshold 0, edge_items 0, line_width -2: one is negative"},
        {{.reserved = {0, 1}}, "print: a reserved option is set"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(dl_tensor_print(t, NULL, 0, &bad[i].o), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, bad[i].part);
    }
    assert_int_equal(dl_tensor_print(t, NULL, 5, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "buf is NULL");
    assert_int_equal(dl_tensor_print(NULL, NULL, 0, NULL), DL_EINVAL);
}

static void the_longest_numbers_fit(void **state)
{
    dl_ctx *ctx = *state;
    const dl_print_opts o = {.precision = 100, .line_width = DL_OFF};
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(3), -5e-324, 1.7976931348623157e308, -NAN);
    char text[512];
    int64_t n = dl_tensor_print(t, text, sizeof text, &o);
    assert_in_range(n, 60, 500);
    assert_non_null(strstr(text, "e-324"));
    assert_non_null(strstr(text, "1.7976931348623157"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(prints_what_numpy_prints_in_every_layout),
        with_ctx(a_thousand_elements_are_shown_and_one_more_summarised),
        with_ctx(the_text_is_cut_to_the_buffer_and_its_length_told),
        with_ctx(the_locale_does_not_matter),
        with_ctx(printing_works_while_an_error_stands_and_takes_no_memory),
        with_ctx(options_out_of_range_are_refused),
        with_ctx(the_longest_numbers_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
