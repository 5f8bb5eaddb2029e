/* Files that lie: every case must be refused with the right code, and nothing else happen. */
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/bytes.h"
#include "io/safetensors.h"

/* The bytes of a file with this header and n zero bytes of data; free() them. */
static uint8_t *file_of(const char *header, size_t length, size_t n, size_t *size)
{
    *size = 8 + length + n;
    uint8_t *p = calloc(1, *size + 1);
    assert_non_null(p);
    dl__store_le64(p, length);
    memcpy(p + 8, header, length);
    return p;
}

/* What dl_safetensors_open does, on memory that ends exactly where the file does. */
static dl_status parse(dl_ctx *ctx, const uint8_t *file, size_t size)
{
    dl__st_header h;
    size_t length = 0, n = size < 64 ? size : 64;
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, file, size);
    dl_status status = dl__st_length(ctx, "file", copy, n, (int64_t)size, &length);
    if (!status) {
        status = dl__st_parse(&h, ctx, "file", copy, 8 + length, (int64_t)size);
        dl__st_free(&h);
    }
    free(copy);
    return status;
}

#define ENTRY(name, dtype, shape, begin, end)                                                      \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" begin "," end \
    "]}"
#define META(text) "{\"__metadata__\":" text "}"

static const struct {
    const char *header;
    size_t data;
    dl_status status;
    const char *part;
} cases[] = {
    /* good ones, so that the bad ones below are bad for their own reason */
    {"{}", 0, DL_OK, ""},
    {"{}      ", 0, DL_OK, ""},
    {"{}\n", 0, DL_OK, ""},
    {" {}", 0, DL_EFORMAT, "does not begin with '{'"},
    {"{" ENTRY("a", "F32", "2", "0", "8") "}", 8, DL_OK, ""},
    {"{ \"a\" :\t{ \"shape\" : [ ] ,\r\n\"dtype\":\"U8\",\"data_offsets\":[ 0 , 1 ] } } ", 1, DL_OK,
     ""},
    {"{" ENTRY("", "F32", "", "0", "4") "}", 4, DL_OK, ""},
    {"{" ENTRY("a", "F32", "0,3", "0", "0") "," ENTRY("b", "F32", "0", "0", "0") "," ENTRY(
         "c", "U8", "1", "0", "1") "," ENTRY("d", "U8", "0", "1", "1") "}",
     1, DL_OK, ""},
    {"{" ENTRY("b", "U8", "1", "1", "2") "," ENTRY("a", "U8", "1", "0", "1") "}", 2, DL_OK, ""},
    {"{" ENTRY("a", "F8_E4M3", "3", "0", "3") "," ENTRY("b", "F4", "4", "3", "5") "}", 5, DL_OK,
     ""},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":true}}", 1, DL_OK, ""},
    {META("{}"), 0, DL_OK, ""},
    {META("{\"k\":\"v\",\"\\u006b2\":\"\\ud83d\\ude00\"}"), 0, DL_OK, ""},
    {"{\"\\u005f_metadata__\":{\"k\":\"v\"}}", 0, DL_OK, ""},
    {"{" ENTRY("1,2}", "U8", "1,1,1,1,1,1,1,1", "0", "1") "}", 1, DL_OK, ""},
    /* no JSON, or not strict */
    {"{", 0, DL_EFORMAT, "header is empty"},
    {"{ ", 0, DL_EFORMAT, "no JSON object"},
    {"[]", 0, DL_EFORMAT, "does not begin with '{'"},
    {"\xef\xbb\xbf{}", 0, DL_EFORMAT, "does not begin with '{'"},
    {"{}x", 0, DL_EFORMAT, "no JSON object"},
    {"{}{}", 0, DL_EFORMAT, "no JSON object"},
    {"{,}", 0, DL_EFORMAT, "no JSON object"},
    {"{a:1}", 0, DL_EFORMAT, "no JSON object"},
    {"{\"a\"}", 0, DL_EFORMAT, "no JSON object"},
    {"{\"a\":}", 0, DL_EFORMAT, "byte"},
    {"{\"a\"1}", 0, DL_EFORMAT, "no JSON object"},
    {"{\"a\":\"}", 0, DL_EFORMAT, "no JSON object"},
    {"{\"a\\\":1}", 0, DL_EFORMAT, "no JSON object"},
    {"{\"a\":1]}", 0, DL_EFORMAT, "no JSON object"},
    {"{'a':1}", 0, DL_EFORMAT, "no JSON object"},
    {"{" ENTRY("a", "U8", "1", "0", "1") ",}", 1, DL_EFORMAT, "no JSON object"},
    {"{" ENTRY("a", "U8", "1", "0", "1") " " ENTRY("b", "U8", "1", "1", "2") "}", 2, DL_EFORMAT,
     ""},
    {"{" ENTRY("a", "U8", "1,", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "01", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "+1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "0x1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "1", "0", "1}") "}", 1, DL_EFORMAT, "byte"},
    {"{/**/}", 0, DL_EFORMAT, "no JSON object"},
    /* text */
    {"{" ENTRY("\xff", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\xc0\xaf", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\xed\xa0\x80", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\\ud800", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\\u0000", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\\x", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("\n", "U8", "1", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {META("{\"k\":\"\xe4\"}"), 0, DL_EFORMAT, "byte"},
    /* duplicates */
    {"{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("a", "U8", "1", "1", "2") "}", 2, DL_EFORMAT,
     "'a': is there twice"},
    {"{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("\\u0061", "U8", "1", "1", "2") "}", 2,
     DL_EFORMAT, "'a': is there twice"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"dtype\":\"U8\"}}", 1,
     DL_EFORMAT, "uplicate"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, DL_EFORMAT, "__metadata__ twice"},
    {META("{\"k\":\"v\",\"\\u006b\":\"v\"}"), 0, DL_EFORMAT, "key in __metadata__ twice"},
    /* metadata */
    {META("{\"k\":1}"), 0, DL_EFORMAT, "is no string"},
    {META("{\"k\":null}"), 0, DL_EFORMAT, "is no string"},
    {META("{\"k\":{\"a\":\"b\"}}"), 0, DL_EFORMAT, "is no string"},
    {META("[]"), 0, DL_EFORMAT, "no object"},
    {META("\"x\""), 0, DL_EFORMAT, "no object"},
    {META("{\"k\":\"v\",}"), 0, DL_EFORMAT, "no JSON object"},
    {META("{\"k\":\"v\" \"w\"}"), 0, DL_EFORMAT, "byte"},
    {META("{} {}"), 0, DL_EFORMAT, "no JSON object"},
    {META("{\"dl.crc32.a\":\"00000000\"}"), 0, DL_EFORMAT, "none of its header"},
    {META("{\"dl.crc32\":\"0000000\"}"), 0, DL_EFORMAT, "eight digits"},
    {META("{\"dl.crc32\":\"0000000A\"}"), 0, DL_EFORMAT, "eight digits"},
    {META("{\"dl.crc32\":\"\\u00300000000\"}"), 0, DL_EFORMAT, "eight plain digits"},
    {META("{\"dl.crc32\":\"00000000\"}"), 0, DL_EFORMAT, "header is damaged"},
    {META("{\"dl.crc32\":\"00000000\",\"dl.crc32.a\":\"00000000\"}"), 0, DL_EFORMAT, "not there"},
    /* entries */
    {"{\"a\":1}", 0, DL_EFORMAT, "is no object"},
    {"{\"a\":[]}", 0, DL_EFORMAT, "is no object"},
    {"{\"a\":{}}", 0, DL_EFORMAT, "has no dtype"},
    {"{\"a\":{\"dtype\":1}}", 0, DL_EFORMAT, "has no dtype"},
    {"{\"a\":{\"dtype\":\"U8\"}}", 0, DL_EFORMAT, "has no shape"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 0, DL_EFORMAT, "has no data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, DL_EFORMAT,
     "has no shape"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, DL_EFORMAT,
     "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1, DL_EFORMAT,
     "data_offsets"},
    {"{" ENTRY("a", "F31", "1", "0", "4") "}", 4, DL_EFORMAT,
     "dtype that the format does not know"},
    {"{" ENTRY("a", "f32", "1", "0", "4") "}", 4, DL_EFORMAT,
     "dtype that the format does not know"},
    {"{" ENTRY("a", "U8", "1.0", "0", "1") "}", 1, DL_EFORMAT, "no list of numbers"},
    {"{" ENTRY("a", "U8", "1e0", "0", "1") "}", 1, DL_EFORMAT, "no list of numbers"},
    {"{" ENTRY("a", "U8", "\"1\"", "0", "1") "}", 1, DL_EFORMAT, "no list of numbers"},
    {"{" ENTRY("a", "U8", "true", "0", "1") "}", 1, DL_EFORMAT, "no list of numbers"},
    {"{" ENTRY("a", "U8", "-1", "0", "1") "}", 1, DL_EFORMAT, "negative"},
    {"{" ENTRY("a", "U8", "1", "-0", "1") "}", 1, DL_EFORMAT, "negative"},
    {"{" ENTRY("a", "U8", "1", "0", "1.0") "}", 1, DL_EFORMAT, "data_offsets"},
    {"{" ENTRY("a", "U8", "1,1,1,1,1,1,1,1,1", "0", "1") "}", 1, DL_EUNSUPPORTED, "9 dimensions"},
    /* sizes */
    {"{" ENTRY("a", "U8", "9223372036854775808", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "18446744073709551617", "0", "1") "}", 1, DL_EFORMAT, "byte"},
    {"{" ENTRY("a", "U8", "9223372036854775807", "0", "1") "}", 1, DL_EFORMAT, "more elements"},
    {"{" ENTRY("a", "U8", "4294967296,4294967297", "0", "1") "}", 1, DL_EFORMAT, "more elements"},
    {"{" ENTRY("a", "F64", "2305843009213693952", "0", "8") "}", 8, DL_EFORMAT, "more elements"},
    {"{" ENTRY("a", "F64", "1152921504606846976", "0", "0") "}", 0, DL_EFORMAT, "more elements"},
    {"{" ENTRY("a", "U8", "0,9223372036854775807,2", "0", "0") "}", 0, DL_EFORMAT, "more elements"},
    {"{" ENTRY("a", "F32", "2", "0", "4") "}", 4, DL_EFORMAT, "another size"},
    {"{" ENTRY("a", "F32", "", "0", "0") "}", 0, DL_EFORMAT, "another size"},
    {"{" ENTRY("a", "F4", "3", "0", "1") "}", 1, DL_EFORMAT, "another size"},
    {"{" ENTRY("a", "U8", "1", "1", "0") "}", 1, DL_EFORMAT, "ends before it begins"},
    {"{" ENTRY("a", "U8", "2", "0", "2") "}", 1, DL_EFORMAT, "behind the end of the file"},
    {"{" ENTRY("a", "U8", "1", "0", "9223372036854775807") "}", 1, DL_EFORMAT, "behind the end"},
    {"{" ENTRY("a", "U8", "1", "0", "1") "}", 2, DL_EFORMAT, "belong to no tensor"},
    {"{}", 1, DL_EFORMAT, "belong to no tensor"},
    {"{" ENTRY("a", "U8", "1", "1", "2") "}", 2, DL_EFORMAT, "does not follow"},
    {"{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("b", "U8", "1", "2", "3") "}", 3, DL_EFORMAT,
     "'b': does not follow"},
    {"{" ENTRY("a", "U8", "2", "0", "2") "," ENTRY("b", "U8", "2", "1", "3") "}", 3, DL_EFORMAT,
     "'b': overlaps"},
    {"{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("b", "U8", "1", "0", "1") "}", 1, DL_EFORMAT,
     "'b': overlaps"},
    {"{" ENTRY("a", "U8", "4", "0", "4") "," ENTRY("b", "U8", "0", "2", "2") "}", 4, DL_EFORMAT,
     "'b': overlaps"},
};

static void each_bad_header_is_refused_by_its_own_message(void **state)
{
    dl_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        uint8_t *file = file_of(cases[i].header, strlen(cases[i].header), cases[i].data, &size);
        dl_status status = parse(ctx, file, size);
        if (status != cases[i].status || !strstr(dl_ctx_message(ctx), cases[i].part))
            fail_msg("%s\n%d %s", cases[i].header, status, dl_ctx_message(ctx));
        dl_ctx_clear(ctx);
        free(file);
    }
}

static void a_length_that_cannot_be_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        uint64_t length;
        dl_status status;
    } lengths[] = {{0, DL_EFORMAT},         {1, DL_EFORMAT},
                   {3, DL_EFORMAT},         {99999999, DL_EFORMAT},
                   {100000000, DL_EFORMAT}, {100000001, DL_ELIMIT},
                   {INT32_MAX, DL_ELIMIT},  {UINT32_MAX, DL_ELIMIT},
                   {INT64_MAX, DL_ELIMIT},  {UINT64_MAX - 7, DL_ELIMIT},
                   {UINT64_MAX, DL_ELIMIT}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t file[10] = "        {}";
        dl__store_le64(file, lengths[i].length);
        assert_int_equal(parse(ctx, file, 10), lengths[i].status);
        dl_ctx_clear(ctx);
    }
}

static void what_is_no_safetensors_file_is_named(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *bytes;
        size_t n;
        dl_status status;
        const char *part;
    } files[] = {
        {"", 0, DL_EFORMAT, "has 0 bytes"},
        {"1234567", 7, DL_EFORMAT, "has 7 bytes"},
        {"<!DOCTYPE html><html>", 21, DL_EFORMAT, "HTML"},
        {"\n <HTML lang=en>", 16, DL_EFORMAT, "HTML"},
        {"PK\3\4...........................", 31, DL_EFORMAT, "zip archive"},
        {"\x80\2}q\1.....", 10, DL_EFORMAT, "pickle"},
        {"version https://git-lfs.github.com/spec/v1", 42, DL_EFORMAT, "git lfs pull"},
        {"{\"weight_map\": {\"a\": \"b\"}}", 26, DL_EUNSUPPORTED, "index of files"},
        {"\x89HDF\r\n\x1a\n........", 16, DL_EFORMAT, "HDF5"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_int_equal(parse(ctx, (const uint8_t *)files[i].bytes, files[i].n), files[i].status);
        expect_error(ctx, files[i].status, files[i].part);
    }
}

static const char two[] = "{\"__metadata__\":{\"k\":\"v\"}," ENTRY(
    "a", "F32", "2,1", "0", "8") "," ENTRY("b", "U8", "3", "8", "11") "}";

static void a_file_cut_anywhere_or_longer_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    size_t size;
    uint8_t *file = file_of(two, strlen(two), 11, &size);
    assert_int_equal(parse(ctx, file, size), DL_OK);
    for (size_t n = 0; n < size; n++) {
        assert_int_equal(parse(ctx, file, n), DL_EFORMAT);
        dl_ctx_clear(ctx);
    }
    assert_int_equal(parse(ctx, file, size + 1), DL_EFORMAT);
    dl_ctx_clear(ctx);
    free(file);
}

static void a_header_with_a_zero_byte_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    size_t size;
    uint8_t *file = file_of("{}\0 ", 4, 0, &size);
    assert_int_equal(parse(ctx, file, size), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "zero byte");
    free(file);
}

static void any_byte_may_change_without_harm(void **state)
{
    dl_ctx *ctx = *state;
    size_t size;
    uint8_t *file = file_of(two, strlen(two), 11, &size);
    static const uint8_t values[] = {0, 1, '"', '\\', '{', '}', '[', ',', '9', '-', 0x80, 0xff};
    for (size_t i = 0; i < size; i++) {
        uint8_t old = file[i];
        for (size_t k = 0; k < sizeof values; k++) {
            file[i] = values[k];
            dl_status status = parse(ctx, file, size);
            assert_true(status <= 0 && status == dl_ctx_status(ctx));
            dl_ctx_clear(ctx);
        }
        file[i] = old;
    }
    free(file);
}

static void deep_nesting_and_long_entries_are_refused_quickly(void **state)
{
    dl_ctx *ctx = *state;
    const size_t n = 100000;
    char *header = malloc(n + 64);
    size_t size;
    assert_non_null(header);
    memcpy(header, "{\"a\":", 5);
    memset(header + 5, '[', n);
    uint8_t *file = file_of(header, 5 + n, 0, &size);
    assert_int_equal(parse(ctx, file, size), DL_EFORMAT);
    dl_ctx_clear(ctx);
    free(file);
    header[5] = '[';
    for (size_t i = 6; i < n; i++)
        header[i] = i % 2 ? ',' : '0';
    memcpy(header + n, "0]}", 3);
    file = file_of(header, n + 3, 0, &size);
    assert_int_equal(parse(ctx, file, size), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "more than 65536 bytes");
    free(file);
    free(header);
}

/* 200,000 tensors: a reader that is quadratic would take minutes. */
static void very_many_tensors_are_read_in_linear_time(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 200000 };
    char *header = malloc((size_t)N * 72 + 16);
    size_t n = 1, size;
    assert_non_null(header);
    header[0] = '{';
    for (int i = 0; i < N; i++) {
        int place = (int)((int64_t)i * 77773 % N);
        n += (size_t)sprintf(header + n,
                             "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[1],"
                             "\"data_offsets\":[%d,%d]}",
                             i ? "," : "", place, place, place + 1);
    }
    header[n++] = '}';
    uint8_t *file = file_of(header, n, N, &size);
    int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    dl__st_header h;
    assert_int_equal(dl__st_parse(&h, ctx, "file", file, 8 + n, (int64_t)size), DL_OK);
    assert_int_equal(h.n_entry, N);
    assert_string_equal(h.entry[0].name, "t0");
    assert_string_equal(h.entry[N - 1].name, "t199999");
    assert_int_equal(dl__st_find(&h, "t123456"), 123456);
    assert_int_equal(dl__st_find(&h, "t"), -1);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before <
                15 * (int64_t)n); /* as the public header says */
    dl__st_free(&h);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
    free(file);
    free(header);
}

static dl_status parse_two(dl_ctx *ctx, void *user)
{
    return parse(ctx, user, 8 + strlen(two) + 11);
}

static void a_failed_allocation_while_parsing_leaks_nothing(void **state)
{
    size_t size;
    uint8_t *file = file_of(two, strlen(two), 11, &size);
    assert_true(fault_loop(*state, parse_two, NULL, file) >= 4);
    free(file);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(each_bad_header_is_refused_by_its_own_message),
        with_ctx(a_length_that_cannot_be_is_refused),
        with_ctx(what_is_no_safetensors_file_is_named),
        with_ctx(a_file_cut_anywhere_or_longer_is_refused),
        with_ctx(a_header_with_a_zero_byte_is_refused),
        with_ctx(any_byte_may_change_without_harm),
        with_ctx(deep_nesting_and_long_entries_are_refused_quickly),
        with_ctx(very_many_tensors_are_read_in_linear_time),
        with_ctx(a_failed_allocation_while_parsing_leaks_nothing),
    };
    return cmocka_run_group_tests_name("io/safetensors_bad", tests, NULL, NULL);
}
