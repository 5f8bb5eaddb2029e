/* CSV files: what is read, and what is refused, with its place. */
#include "support/support.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <zlib.h>
#include "dl/data.h"
#include "support/scratch.h"

static dl_dataset *read_text(dl_ctx *ctx, const char *text, const dl_csv_opts *o)
{
    scratch_put(scratch_at("a.csv"), text, strlen(text));
    return dl_dataset_csv(ctx, scratch_at("a.csv"), o);
}

/* Example i has these features, and this target (when there is one). */
static void expect_row(dl_dataset *d, int64_t i, const double *x, int64_t n, double y)
{
    dl_tensor *got[2];
    int32_t fields = dl_dataset_field_count(d);
    assert_int_equal(dl_dataset_get(d, i, 0, got, fields), DL_OK);
    assert_int_equal(dl_tensor_count(got[0]), n);
    assert_close(got[0], x, n, 0);
    if (fields == 2)
        assert_close(got[1], &y, 1, 0);
}
#define ROW(d, i, y, ...)                                                                          \
    expect_row(d, i, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / 8, y)

static void rows_become_examples(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = read_text(ctx, "a,b,kind\n1,2.5,dog\n-3e-1, 4 ,cat\n5,6,dog\n", NULL);
    assert_int_equal(dl_dataset_size(d), 3);
    assert_string_equal(dl_dataset_field_name(d, 0), "x");
    assert_string_equal(dl_dataset_field_name(d, 1), "y");
    ROW(d, 0, 1, 1, 2.5);
    ROW(d, 1, 0, (double)-0.3f, 4);
    ROW(d, 2, 1, 5, 6);
    assert_int_equal(dl_dataset_classes(d), 2);
    assert_string_equal(dl_dataset_class_name(d, 0), "cat");
    assert_string_equal(dl_dataset_class_name(d, 1), "dog");
    assert_null(dl_dataset_class_name(d, 2));
    assert_null(dl_dataset_class_name(d, -1));
    dl_dataset *part = dl_dataset_subset(dl_dataset_keep(d), (const int64_t[]){0}, 1);
    assert_int_equal(dl_dataset_classes(part), 2);
    assert_string_equal(dl_dataset_class_name(part, 0), "cat");
    dl_dataset_drop(part);
    dl_dataset_drop(d);
}

static void quotes_line_ends_and_marks_are_as_the_rfc_has_them(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const text[] = {
        ("\xef\xbb\xbf\"a\",\"the \"\"b\"\"\nof two "
         "lines\",k\r\n\"1\",2,\"x,y\"\r\n3,\"4\",\"\"\"\""),
        "a,b,k\r1,2,\"x,y\"\r\r3,4,\"\"\"\"\r",
        "a,b,k\n\n\n1,2,\"x,y\"\n3,4,\"\"\"\"\n\n",
    };
    for (int i = 0; i < 3; i++) {
        dl_dataset *d = read_text(ctx, text[i], NULL);
        expect_ok(ctx);
        assert_int_equal(dl_dataset_size(d), 2);
        ROW(d, 0, 1, 1, 2);
        ROW(d, 1, 0, 3, 4);
        assert_string_equal(dl_dataset_class_name(d, 0), "\"");
        assert_string_equal(dl_dataset_class_name(d, 1), "x,y");
        dl_dataset_drop(d);
    }
}

static void columns_are_chosen_by_name_or_number(void **state)
{
    dl_ctx *ctx = *state;
    static const char text[] = "id;a;b;c\nz;1;2;3\ny;4;5;6\n";
    static const char *const features[] = {"c", "1"}, *const two[] = {"b", "a"};
    dl_csv_opts o = {.separator = ';',
                     .features = features,
                     .n_features = 2,
                     .targets = two,
                     .n_targets = 1,
                     .target = DL_CSV_NUMBERS};
    dl_dataset *d = read_text(ctx, text, &o);
    ROW(d, 1, 5, 6, 4);
    dl_dataset_drop(d);
    o = (dl_csv_opts){.separator = ';',
                      .features = features,
                      .n_features = 1,
                      .targets = two,
                      .n_targets = 2,
                      .target = DL_CSV_NUMBERS};
    d = read_text(ctx, text, &o);
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_OK);
    assert_values(got[1], 2, 1);
    dl_dataset_drop(d);
    o = (dl_csv_opts){.separator = ';', .features = two, .n_features = 2, .target = DL_CSV_NONE};
    d = read_text(ctx, text, &o);
    assert_int_equal(dl_dataset_field_count(d), 1);
    ROW(d, 0, 0, 2, 1);
    dl_dataset_drop(d);
    static const char *const first[] = {"0"};
    o = (dl_csv_opts){.separator = ';', .no_header = 1, .targets = first, .n_targets = 1};
    d = read_text(ctx, "b;1;2\na;3;4", &o);
    assert_int_equal(dl_dataset_size(d), 2);
    ROW(d, 0, 1, 1, 2);
    ROW(d, 1, 0, 3, 4);
    dl_dataset_drop(d);
}

static void classes_have_an_order(void **state)
{
    dl_ctx *ctx = *state;
    static const char words[] = "x,k\n1,b\n2,a\n3,c\n", whole[] = "x,k\n1,10\n2,9\n3,-1\n";
    static const char *const given[] = {"c", "b", "a", "d"};
    const struct {
        const char *text;
        dl_csv_opts o;
        double wanted[3];
    } cases[] = {{words, {0}, {1, 0, 2}},
                 {words, {.first_seen = 1}, {0, 1, 2}},
                 {words, {.classes = given, .n_classes = 4}, {1, 2, 0}},
                 {whole, {0}, {2, 1, 0}}};
    for (int k = 0; k < 4; k++) {
        dl_dataset *d = read_text(ctx, cases[k].text, &cases[k].o);
        for (int i = 0; i < 3; i++)
            ROW(d, i, cases[k].wanted[i], i + 1.0);
        assert_int_equal(dl_dataset_classes(d), k == 2 ? 4 : 3);
        dl_dataset_drop(d);
    }
}

static void missing_numbers_become_what_is_wanted(void **state)
{
    dl_ctx *ctx = *state;
    dl_csv_opts o = {.target = DL_CSV_NONE, .missing = DL_CSV_NAN, .missing_word = "NA"};
    static const char text[] = "a,b,c,d\n,\"\",NA,nan\n1,2,3,4\n";
    dl_dataset *d = read_text(ctx, text, &o);
    ROW(d, 0, 0, (double)NAN, (double)NAN, (double)NAN, (double)NAN);
    ROW(d, 1, 0, 1, 2, 3, 4);
    dl_dataset_drop(d);
    o.missing = DL_CSV_VALUE;
    o.missing_value = -1;
    d = read_text(ctx, text, &o);
    ROW(d, 0, 0, -1, -1, -1, -1);
    dl_dataset_drop(d);
}

static void packed_files_and_other_locales_work(void **state)
{
    dl_ctx *ctx = *state;
    const char *locale = setlocale(LC_ALL, "de_DE.UTF-8");
    gzFile f = gzopen(scratch_at("b.csv.gz"), "wb");
    gzputs(f, "a,k\n");
    for (int i = 0; i < 20000; i++)
        gzputs(f, i % 2 ? "1.5,u\n" : "0.25,v\n");
    gzclose(f);
    dl_dataset *d = dl_dataset_csv(ctx, scratch_at("b.csv.gz"), NULL);
    assert_int_equal(dl_dataset_size(d), 20000);
    ROW(d, 19999, 0, 1.5);
    ROW(d, 19998, 1, 0.25);
    dl_dataset_drop(d);
    if (locale)
        setlocale(LC_ALL, "C");
}

static void a_header_alone_is_an_empty_dataset(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = read_text(ctx, "a,b,k", NULL);
    assert_int_equal(dl_dataset_size(d), 0);
    assert_int_equal(dl_dataset_classes(d), 0);
    dl_dataset_drop(d);
}

static const char *const ab[] = {"a", "b"}, *const aa[] = {"a", "a"}, *const none[] = {"q"};
static const char *const twice[] = {"u", "v", "u"};

static void bad_files_are_refused_with_the_place(void **state)
{
    dl_ctx *ctx = *state;
    const struct {
        const char *text;
        dl_csv_opts o;
        dl_status status;
        const char *says;
    } cases[] = {
        {"", {0}, DL_EFORMAT, "it is empty, a line of column names is wanted"},
        {"\n\r\n", {.no_header = 1}, DL_EFORMAT, "it is empty, a line of columns is wanted"},
        {"a,k\n1,u\nx,v\n",
         {0},
         DL_EFORMAT,
         "a.csv: line 3, column 1 (\"a\"): found \"x\", wanted is a number"},
        {"a,\"k\nk\"\n1,u\n,v\n", {0}, DL_EFORMAT, "line 4, column 1 (\"a\"): found \"\""},
        {"a,k\n1,u,3\n", {0}, DL_EFORMAT, "line 2, column 3: there are more columns than the 2"},
        {"a,b,k\n1,2\n", {0}, DL_EFORMAT, "line 2, column 3: the line ends, the first has 3"},
        {"a,k\n1,\n", {0}, DL_EFORMAT, "line 2, column 2 (\"k\"): found \"\", wanted is a class"},
        {"a,k\n1,\"u\nv\n", {0}, DL_EFORMAT, "line 2, column 2: the quote that begins here"},
        {"a,k\n1,\"u\"v\n", {0}, DL_EFORMAT, "line 2, column 2: there is text after the closing"},
        {"a,k\n1,u\"v\n", {0}, DL_EFORMAT, "line 2, column 2: there is a quote inside"},
        {"1,u\nx,v\n", {.no_header = 1}, DL_EFORMAT, "line 2, column 1: found \"x\", wanted"},
        {"a,k\nNaN,u\n", {0}, DL_EFORMAT, "found \"NaN\", wanted is a number: missing ones"},
        {"a,k\nnano,u\n", {.missing = DL_CSV_NAN}, DL_EFORMAT, "found \"nano\""},
        {"a,k\n-3.4028236e38,u\n", {0}, DL_EFORMAT, "a number that f32 can hold"},
        {"a,k\n1e39,u\n", {0}, DL_EFORMAT, "found \"1e39\", wanted is a number that f32 can hold"},
        {"a,k\ninf,u\n", {0}, DL_EFORMAT, "found \"inf\""},
        {"a,k\n1e999,u\n", {0}, DL_EFORMAT, "found \"1e999\", wanted is a number"},
        {"a,k\n0x10,u\n", {0}, DL_EFORMAT, "found \"0x10\""},
        {"a,k\n1,z\n", {.classes = ab, .n_classes = 2}, DL_EFORMAT, "one of the classes"},
        {"a\n1\n", {0}, DL_EFORMAT, "columns: 1, targets: 1, which leaves no features; is the"},
        {"a,k\n1,u\n", {.features = none, .n_features = 1}, DL_EINVAL, "there is no column \"q\""},
        {"a,k\n1,u\n", {.features = aa, .n_features = 2}, DL_EINVAL, "\"a\" is asked for twice"},
        {"a,b,a,k\n1,2,3,u\n",
         {.features = ab, .n_features = 2},
         DL_EINVAL,
         "a.csv: columns 1 and 3 are both called \"a\""},
        {"b,a\n1,u\n", {.features = ab, .n_features = 1}, DL_EINVAL, "name the target"},
        {"a,k\n", {.classes = twice, .n_classes = 3}, DL_EINVAL, "class 2 has the name of another"},
        {"a,k\n", {.targets = ab, .n_targets = 2}, DL_EINVAL, "2 targets, and target is"},
        {"a,k\n", {.target = 3}, DL_EINVAL, "target is 3"},
        {"a,k\n", {.missing = -1}, DL_EINVAL, "missing -1"},
        {"a,k\n",
         {.missing = DL_CSV_VALUE, .missing_value = -1e39},
         DL_EINVAL,
         "missing_value is -1e+39, which f32 cannot hold"},
        {"a,k\n", {.n_features = 2}, DL_EINVAL, "a list is NULL"},
        {"a,k\n",
         {.separator = '"'},
         DL_EINVAL,
         "separator is 34, it wants an ASCII character that is"},
        {"a,k\n", {.separator = 300}, DL_EINVAL, "separator is 300"},
        {"a,k\n", {.reserved = {1}}, DL_EINVAL, "reserved"},
        {"<!DOCTYPE html><html>", {0}, DL_EFORMAT, "HTML"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(read_text(ctx, cases[i].text, &cases[i].o));
        expect_error(ctx, cases[i].status, cases[i].says);
    }
    static const char zero[] = "a,k\n1,u\0v\n";
    scratch_put(scratch_at("a.csv"), zero, sizeof zero - 1);
    assert_null(dl_dataset_csv(ctx, scratch_at("a.csv"), NULL));
    expect_error(ctx, DL_EFORMAT, "line 2, column 2: there is a byte 0");
    assert_null(dl_dataset_csv(ctx, scratch_at("none.csv"), NULL));
    expect_error(ctx, DL_EIO, "none.csv");
    assert_null(dl_dataset_csv(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "the path is NULL");
    assert_null(dl_dataset_csv(ctx, "", NULL));
    expect_error(ctx, DL_EINVAL, "the path is empty");
    assert_null(dl_dataset_csv(NULL, "a", NULL));
}

static void a_field_without_end_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    static char text[(1 << 20) + 16];
    memset(text, 'x', sizeof text);
    scratch_put(scratch_at("a.csv"), text, sizeof text);
    assert_null(dl_dataset_csv(ctx, scratch_at("a.csv"), NULL));
    expect_error(ctx, DL_ELIMIT, "line 1, column 1: the field is longer than 1048575 bytes");
}

static void a_line_of_too_many_columns_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    static char text[(1 << 20) + 1];
    memset(text, ',', sizeof text - 1);
    scratch_put(scratch_at("a.csv"), text, sizeof text - 1);
    assert_null(dl_dataset_csv(ctx, scratch_at("a.csv"), NULL));
    expect_error(ctx, DL_ELIMIT, "line 1, column 1048577: there are more columns than 1048576");
}

/* Its shortest decimal is above it. */
static void the_largest_f32_is_read_as_programs_write_it(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = read_text(ctx, "a,b,k\n3.4028235e38,-3.40282347e+38,u\n", NULL);
    expect_ok(ctx);
    ROW(d, 0, 0, (double)FLT_MAX, -(double)FLT_MAX);
    dl_dataset_drop(d);
}

static void a_nan_is_missing_however_it_is_written(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = read_text(ctx, "a,b,c,k\nNaN,-nan, NAN ,u\n",
                              &(dl_csv_opts){.missing = DL_CSV_VALUE, .missing_value = 7});
    expect_ok(ctx);
    ROW(d, 0, 0, 7, 7, 7);
    dl_dataset_drop(d);
}

static dl_status open_it(dl_ctx *ctx, void *user)
{
    dl_dataset_drop(dl_dataset_csv(ctx, scratch_at("a.csv"), user));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    static const char text[] = "a,b,k\n1,2,u\n3,4,v\n5,6,u\n";
    scratch_put(scratch_at("a.csv"), text, strlen(text));
    dl_csv_opts o = {0};
    assert_true(fault_loop(ctx, open_it, NULL, &o) >= 20);
    o.features = ab;
    o.n_features = 2;
    o.no_header = 0;
    o.classes = twice;
    o.n_classes = 2;
    assert_true(fault_loop(ctx, open_it, NULL, &o) >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch_ctx(rows_become_examples),
        with_scratch_ctx(quotes_line_ends_and_marks_are_as_the_rfc_has_them),
        with_scratch_ctx(columns_are_chosen_by_name_or_number),
        with_scratch_ctx(classes_have_an_order),
        with_scratch_ctx(missing_numbers_become_what_is_wanted),
        with_scratch_ctx(packed_files_and_other_locales_work),
        with_scratch_ctx(a_header_alone_is_an_empty_dataset),
        with_scratch_ctx(bad_files_are_refused_with_the_place),
        with_scratch_ctx(a_field_without_end_is_refused),
        with_scratch_ctx(a_line_of_too_many_columns_is_refused),
        with_scratch_ctx(the_largest_f32_is_read_as_programs_write_it),
        with_scratch_ctx(a_nan_is_missing_however_it_is_written),
        with_scratch_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
