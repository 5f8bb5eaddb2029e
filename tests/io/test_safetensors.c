#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dl/io.h"
#include "dl/tensor.h"
#include "core/bytes.h"
#include "fault_io.h"
#include "scratch.h"

static int begin(void **state)
{
    return setup_ctx(state) || scratch_begin();
}

static int end(void **state)
{
    fault_io_end();
    scratch_end();
    return teardown_ctx(state);
}

/* A file of raw bytes in the format, under the name "f" of the scratch folder. */
static const char *put_file(const char *header, const void *data, size_t n)
{
    const char *path = scratch_at("f");
    size_t length = strlen(header);
    uint8_t *p = malloc(8 + length + n);
    assert_non_null(p);
    dl__store_le64(p, length);
    memcpy(p + 8, header, length);
    if (n)
        memcpy(p + 8 + length, data, n);
    scratch_put(path, p, 8 + length + n);
    free(p);
    return path;
}

/* ---- writing and reading back ---------------------------------------------------------------- */

static const char *const names[] = {"b",     "a\"\\\n\x01", "empty", "scalar",
                                    "bytes", "flags",       "long"};
enum { N = 7 };

/* One tensor of each type, one of each kind of shape, one with turned axes; in a scope. */
static void make_all(dl_ctx *ctx, dl_tensor **t)
{
    static float turned[6] = {1, 4, 2, 5, 3, 6};
    t[0] = dl_tensor_wrap(ctx, DL_F32, turned, (const int64_t[]){2, 3}, (const int64_t[]){1, 2}, 2,
                          NULL, NULL);
    t[1] = dl_tensor_from(ctx, DL_F64, (const double[]){0.1, -2e300}, DL_SHAPE(2));
    t[2] = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3, 0));
    t[3] = dl_tensor_from(ctx, DL_I32, (const int32_t[]){-7}, NULL, 0);
    t[4] = dl_tensor_from(ctx, DL_U8, (const uint8_t[]){1, 255, 0}, DL_SHAPE(3, 1));
    t[5] = dl_tensor_from(ctx, DL_BOOL, (const uint8_t[]){1, 0}, DL_SHAPE(2));
    t[6] = dl_tensor_from(ctx, DL_I64, (const int64_t[]){INT64_MIN, INT64_MAX}, DL_SHAPE(2));
    for (int i = 0; i < N; i++)
        assert_non_null(dl_tensor_give(t[i]));
}

static const char *const keys[] = {"zeta", "format", "t\xc3\xa4xt"};
static const char *const values[] = {"", "pt", "a \"quoted\"\tline\n\x7f\xf0\x9f\x98\x80"};

static dl_status save_all(dl_ctx *ctx, const char *path, const dl_safetensors_save_opts *opts)
{
    dl_tensor *t[N];
    make_all(ctx, t);
    return dl_safetensors_save(ctx, path, names, t, N, keys, values, 3, opts);
}

static void what_was_saved_is_read_back(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t[N];
    make_all(ctx, t);
    for (int32_t checksums = 0; checksums < 2; checksums++) {
        dl_safetensors_save_opts save = {.checksums = checksums};
        dl_safetensors_opts open = {.verify = 1};
        assert_int_equal(save_all(ctx, scratch_at("f"), &save), DL_OK);
        dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), &open);
        expect_ok(ctx);
        assert_int_equal(dl_safetensors_count(s), N);
        for (int i = 0; i < N; i++) {
            int32_t k = dl_safetensors_find(s, names[i]);
            assert_true(k >= 0);
            assert_string_equal(dl_safetensors_name(s, k), names[i]);
            assert_int_equal(dl_safetensors_dtype(s, k), dl_tensor_dtype(t[i]));
            assert_int_equal(dl_safetensors_ndim(s, k), dl_tensor_ndim(t[i]));
            for (int32_t a = 0; a < dl_tensor_ndim(t[i]); a++)
                assert_int_equal(dl_safetensors_dim(s, k, a), dl_tensor_dim(t[i], a));
            dl_tensor *back = dl_safetensors_read(s, k);
            expect_ok(ctx);
            assert_same_bits(back, t[i]);
            dl_tensor_drop(back);
        }
        assert_int_equal(dl_safetensors_meta_count(s), 3);
        assert_string_equal(dl_safetensors_meta_key(s, 0), "format");
        assert_string_equal(dl_safetensors_meta_value(s, 0), "pt");
        for (int i = 0; i < 3; i++)
            assert_string_equal(dl_safetensors_meta(s, keys[i]), values[i]);
        assert_null(dl_safetensors_meta(s, "form"));
        assert_int_equal(scratch_entries(), 1);
        dl_safetensors_drop(s);
    }
}

/* Opens path, reads all and saves that under to. */
static void copy_file(dl_ctx *ctx, const char *path, const char *to, int32_t checksums)
{
    enum { MOST = 16 };
    dl_tensor *t[MOST];
    const char *name[MOST], *key[MOST], *value[MOST];
    dl_safetensors_save_opts save = {.checksums = checksums};
    dl_safetensors *s = dl_safetensors_open(ctx, path, NULL);
    expect_ok(ctx);
    int32_t n = dl_safetensors_count(s), n_meta = dl_safetensors_meta_count(s);
    assert_true(n <= MOST && n_meta <= MOST);
    for (int32_t i = 0; i < n; i++) {
        name[i] = dl_safetensors_name(s, n - 1 - i);
        t[i] = dl_safetensors_read(s, n - 1 - i);
    }
    for (int32_t i = 0; i < n_meta; i++) {
        key[i] = dl_safetensors_meta_key(s, n_meta - 1 - i);
        value[i] = dl_safetensors_meta_value(s, n_meta - 1 - i);
    }
    assert_int_equal(dl_safetensors_save(ctx, to, name, t, n, key, value, n_meta, &save), DL_OK);
    for (int32_t i = 0; i < n; i++)
        dl_tensor_drop(t[i]);
    dl_safetensors_drop(s);
}

static void assert_same_files(const char *a, const char *b)
{
    static char pa[65536], pb[65536];
    size_t na = scratch_get(a, pa, sizeof pa), nb = scratch_get(b, pb, sizeof pb);
    assert_int_equal(na, nb);
    assert_memory_equal(pa, pb, na);
}

static void save_load_save_gives_the_same_bytes(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t checksums = 0; checksums < 2; checksums++) {
        dl_safetensors_save_opts save = {.checksums = checksums};
        assert_int_equal(save_all(ctx, scratch_at("f"), &save), DL_OK);
        copy_file(ctx, scratch_at("f"), scratch_at("g"), checksums);
        assert_same_files(scratch_at("f"), scratch_at("g"));
        copy_file(ctx, scratch_at("f"), scratch_at("f"), checksums); /* over the open file */
        assert_same_files(scratch_at("f"), scratch_at("g"));
    }
}

static void the_bytes_are_those_of_the_reference(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t[2];
    static const char *const two[] = {"b", "a"};
    static const char want[] = "\x88\0\0\0\0\0\0\0"
                               "{\"__metadata__\":{\"k\":\"v\"},"
                               "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                               "\"a\":{\"dtype\":\"U8\",\"shape\":[1,1],\"data_offsets\":[8,9]}}   "
                               "\0\0\x80\x3f\0\0\0\xc0\7";
    char got[256];
    t[0] = dl_tensor_from(ctx, DL_F32, (const float[]){1, -2}, DL_SHAPE(2));
    t[1] = dl_tensor_from(ctx, DL_U8, (const uint8_t[]){7}, DL_SHAPE(1, 1));
    assert_int_equal(dl_safetensors_save(ctx, scratch_at("f"), two, t, 2, (const char *[]){"k"},
                                         (const char *[]){"v"}, 1, NULL),
                     DL_OK);
    size_t n = scratch_get(scratch_at("f"), got, sizeof got);
    assert_int_equal(n, sizeof want - 1);
    assert_memory_equal(got, want, n);
    assert_int_equal(dl_safetensors_save(ctx, scratch_at("f"), NULL, NULL, 0, NULL, NULL, 0, NULL),
                     DL_OK);
    assert_int_equal(scratch_get(scratch_at("f"), got, sizeof got), 16);
    assert_memory_equal(got, "\x08\0\0\0\0\0\0\0{}      ", 16);
    dl_tensor_drop(t[0]);
    dl_tensor_drop(t[1]);
}

/* tests/golden/make_safetensors.py wrote these with the format's own library. */
static void files_of_the_reference_are_copied_byte_for_byte(void **state)
{
    dl_ctx *ctx = *state;
    copy_file(ctx, DL_TESTS_DIR "/golden/reference.safetensors", scratch_at("f"), 0);
    assert_same_files(DL_TESTS_DIR "/golden/reference.safetensors", scratch_at("f"));
    dl_safetensors *s =
        dl_safetensors_open(ctx, DL_TESTS_DIR "/golden/reference.safetensors", NULL);
    dl_tensor *t = dl_safetensors_read(s, dl_safetensors_find(s, "layer.0.weight"));
    assert_shape(t, 2, 3);
    assert_values(t, 0, 0.5, 1, 1.5, 2, 2.5);
    assert_string_equal(dl_safetensors_meta(s, "format"), "pt");
    dl_tensor_drop(t);
    dl_safetensors_drop(s);
}

static void any_strides_are_written_in_logical_order(void **state)
{
    dl_ctx *ctx = *state;
    static double data[2 * 40 * 300];
    for (int i = 0; i < 24000; i++)
        data[i] = i;
    static const int64_t strides[][3] = {{12000, 300, 1},  {1, 600, 2},      {1, 2, 80},
                                         {12000, 1, 40},   {-12000, 300, 1}, {0, 300, 1},
                                         {12000, -300, -1}};
    static const size_t first[] = {0, 0, 0, 0, 12000, 0, 11999};
    for (size_t k = 0; k < 7; k++) {
        static const char *const one[] = {"x"};
        dl_tensor *t = dl_tensor_wrap(ctx, DL_F64, data + first[k], (const int64_t[]){2, 40, 300},
                                      strides[k], 3, NULL, NULL);
        assert_int_equal(dl_safetensors_save(ctx, scratch_at("f"), one, &t, 1, NULL, NULL, 0, NULL),
                         DL_OK);
        dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), NULL);
        dl_tensor *back = dl_safetensors_read(s, 0);
        expect_ok(ctx);
        assert_same_bits(back, t);
        dl_tensor_drop(back);
        dl_tensor_drop(t);
        dl_safetensors_drop(s);
    }
}

/* ---- element types --------------------------------------------------------------------------- */

/* Reads the n elements of a one-tensor file of this type, behind an odd length of header. */
static dl_tensor *read_as(dl_ctx *ctx, const char *dtype, const void *data, size_t bytes, int n)
{
    char header[128];
    int used = snprintf(header, sizeof header,
                        "{\"x\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%zu]}}", dtype,
                        n, bytes);
    while (used % 8 != 3)
        strcpy(header + used++, " ");
    dl_safetensors *s = dl_safetensors_open(ctx, put_file(header, data, bytes), NULL);
    expect_ok(ctx);
    assert_string_equal(dl_safetensors_stored(s, 0), dtype);
    assert_int_equal(dl_safetensors_bytes(s, 0), bytes);
    dl_tensor *t = dl_safetensors_read(s, 0);
    if (t)
        assert_int_equal(dl_tensor_dtype(t), dl_safetensors_dtype(s, 0));
    else
        assert_true(dl_ctx_status(ctx) < 0);
    dl_safetensors_drop(s);
    return t ? dl_tensor_give(t) : NULL;
}

static void every_type_is_read_as_documented_from_unaligned_data(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(read_as(ctx, "I8", "\x80\xff\x7f", 3, 3), -128, -1, 127);
    assert_values(read_as(ctx, "U8", "\x80\xff\x7f", 3, 3), 128, 255, 127);
    assert_values(read_as(ctx, "I16", "\0\x80\xff\xff\xff\x7f", 6, 3), -32768, -1, 32767);
    assert_values(read_as(ctx, "U16", "\0\x80\xff\xff\xff\x7f", 6, 3), 32768, 65535, 32767);
    assert_values(read_as(ctx, "I32", "\0\0\0\x80\xfe\xff\xff\xff", 8, 2), -2147483648.0, -2);
    assert_values(read_as(ctx, "U32", "\0\0\0\x80\xfe\xff\xff\xff", 8, 2), 2147483648.0,
                  4294967294.0);
    assert_values(read_as(ctx, "I64", "\0\0\0\0\0\0\0\x80", 8, 1), -9223372036854775808.0);
    assert_values(read_as(ctx, "U64", "\0\0\0\0\1\0\0\0", 8, 1), 4294967296.0);
    assert_values(read_as(ctx, "F32", "\0\0\x80\x3f\0\0\0\xc0", 8, 2), 1, -2);
    assert_values(read_as(ctx, "F64", "\0\0\0\0\0\0\xf0\x3f", 8, 1), 1);
    assert_values(read_as(ctx, "BOOL", "\0\1", 2, 2), 0, 1);
    assert_int_equal(dl_tensor_dtype(read_as(ctx, "U16", "", 0, 0)), DL_I32);
    assert_int_equal(dl_tensor_dtype(read_as(ctx, "U32", "", 0, 0)), DL_I64);
    assert_int_equal(dl_tensor_dtype(read_as(ctx, "U64", "", 0, 0)), DL_I64);
    assert_int_equal(dl_tensor_dtype(read_as(ctx, "BF16", "", 0, 0)), DL_F32);
    expect_ok(ctx);
    assert_null(read_as(ctx, "U64", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16, 2));
    expect_error(ctx, DL_EFORMAT, "'x': element 1 is above 2^63 - 1");
    assert_null(read_as(ctx, "BOOL", "\1\2", 2, 2));
    expect_error(ctx, DL_EFORMAT, "element 1 is no bool");
    static const char *const others[] = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ",
                                         "F8_E5M2FNUZ"};
    for (int i = 0; i < 5; i++) {
        assert_null(read_as(ctx, others[i], "\0", 1, 1));
        expect_error(ctx, DL_EUNSUPPORTED, "dtype is not supported");
    }
    assert_null(read_as(ctx, "C64", "\0\0\0\0\0\0\0", 8, 1));
    expect_error(ctx, DL_EUNSUPPORTED, "dtype is not supported");
}

static uint32_t bits_of(float v)
{
    uint32_t u;
    memcpy(&u, &v, 4);
    return u;
}

static void every_half_becomes_its_float(void **state)
{
    dl_ctx *ctx = *state;
    static uint8_t raw[65536 * 2];
    static float half[65536], brain[65536];
    for (uint32_t i = 0; i < 65536; i++)
        dl__store_le16(raw + 2 * i, (uint16_t)i);
    dl_tensor *t = read_as(ctx, "F16", raw, sizeof raw, 65536);
    assert_int_equal(dl_tensor_get(t, half, sizeof half), DL_OK);
    t = read_as(ctx, "BF16", raw, sizeof raw, 65536);
    assert_int_equal(dl_tensor_get(t, brain, sizeof brain), DL_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        uint32_t sign = i >> 15, exponent = i >> 10 & 31, mantissa = i & 1023;
        assert_int_equal(bits_of(brain[i]), i << 16);
        assert_int_equal(bits_of(half[i]) >> 31, sign);
        if (exponent == 31) { /* infinity, and NaN with its payload */
            assert_int_equal(bits_of(half[i]) & 0x7fffffff, 0x7f800000 | mantissa << 13);
            continue;
        }
        /* mantissa * 2^-24 exactly, or (1 + mantissa/1024) * 2^(exponent - 15) */
        float want = exponent ? (float)(1024 + mantissa) : (float)mantissa;
        for (uint32_t e = exponent ? exponent : 1; e < 25; e++)
            want *= 0.5f;
        for (uint32_t e = 25; e < exponent; e++)
            want *= 2;
        assert_true((sign ? -half[i] : half[i]) == want);
    }
}

/* ---- misuse and damage ----------------------------------------------------------------------- */

static void wrong_arguments_are_refused_before_anything_is_written(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("f");
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2)));
    dl_tensor *two[] = {x, x}, *none[] = {NULL};
    static const char *const same[] = {"a", "a"}, *const meta[] = {"__metadata__"};
    static const char *const wild[] = {"\xff"}, *const crc[] = {"dl.crc32.a"},
                             *const nul[] = {NULL};
    dl_safetensors_save(ctx, path, same, two, 2, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "two tensors are called 'a'");
    dl_safetensors_save(ctx, path, meta, two, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "may not be called '__metadata__'");
    dl_safetensors_save(ctx, path, wild, two, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "no UTF-8: '\\xff'");
    dl_safetensors_save(ctx, path, same, none, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "is NULL");
    dl_safetensors_save(ctx, path, nul, two, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "is NULL");
    dl_safetensors_save(ctx, path, NULL, two, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_safetensors_save(ctx, path, same, two, -1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "-1");
    dl_safetensors_save(ctx, path, same, two, 1, NULL, NULL, 1, NULL);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_safetensors_save(ctx, path, same, two, 1, same, same, 2, NULL);
    expect_error(ctx, DL_EINVAL, "twice the key 'a'");
    dl_safetensors_save(ctx, path, same, two, 1, crc, same, 1, NULL);
    expect_error(ctx, DL_EINVAL, "checksums");
    dl_safetensors_save(ctx, path, same, two, 1, same, wild, 1, NULL);
    expect_error(ctx, DL_EINVAL, "no UTF-8 at key 'a'");
    dl_safetensors_save(ctx, path, same, two, 1, same, nul, 1, NULL);
    expect_error(ctx, DL_EINVAL, "NULL in the metadata");
    dl_safetensors_save(ctx, NULL, same, two, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_safetensors_save(NULL, path, same, two, 1, NULL, NULL, 0, NULL), DL_EINVAL);
    dl_meta_enable(ctx, 1);
    dl_tensor *shape_only = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2));
    dl_meta_enable(ctx, 0);
    dl_safetensors_save(ctx, path, same, &shape_only, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_ESTATE, "no data");
    dl_tensor_drop(shape_only);
    dl_ctx *other = make_ctx(1);
    dl_tensor *foreign = dl_tensor_ones(other, DL_F32, DL_SHAPE(2));
    dl_safetensors_save(ctx, path, same, &foreign, 1, NULL, NULL, 0, NULL);
    expect_error(ctx, DL_EINVAL, "another context");
    dl_tensor_drop(foreign);
    end_ctx(other);
    assert_int_equal(scratch_entries(), 0);
}

static void unknown_options_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    const char *path = scratch_at("f");
    const dl_safetensors_save_opts save[] = {
        {.checksums = 2}, {.checksums = -1}, {.keep_previous = 2}, {.reserved = {0, 0, 1}}};
    const dl_safetensors_opts open[] = {
        {.verify = 2}, {.verify = -2}, {.reserved0 = 1}, {.reserved = {[6] = 1}}};
    static const char *const said[][2] = {{"save: checksums is 2", "safetensors: verify is 2"},
                                          {"save: checksums is -1", "safetensors: verify is -2"},
                                          {"save: keep_previous is 2", "a reserved option is set"},
                                          {"a reserved option is set", "a reserved option is set"}};
    for (size_t i = 0; i < sizeof save / sizeof *save; i++) {
        dl_safetensors_save(ctx, path, NULL, NULL, 0, NULL, NULL, 0, &save[i]);
        expect_error(ctx, DL_EINVAL, said[i][0]);
    }
    assert_int_equal(scratch_entries(), 0);
    dl_safetensors_save(ctx, path, NULL, NULL, 0, NULL, NULL, 0, NULL);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        assert_null(dl_safetensors_open(ctx, path, &open[i]));
        expect_error(ctx, DL_EINVAL, said[i][1]);
    }
}

static void wrong_numbers_and_handles_give_plain_answers(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(save_all(ctx, scratch_at("f"), NULL), DL_OK);
    dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), NULL);
    static const int32_t wrong[] = {-1, N, INT32_MAX, INT32_MIN};
    for (int k = 0; k < 8; k++) {
        dl_safetensors *h = k < 4 ? s : NULL;
        int32_t i = wrong[k % 4];
        assert_null(dl_safetensors_name(h, i));
        assert_null(dl_safetensors_stored(h, i));
        assert_int_equal(dl_safetensors_dtype(h, i), DL_EINVAL);
        assert_int_equal(dl_safetensors_ndim(h, i), -1);
        assert_int_equal(dl_safetensors_dim(h, i, 0), -1);
        assert_int_equal(dl_safetensors_bytes(h, i), -1);
        assert_null(dl_safetensors_meta_key(h, i));
        assert_null(dl_safetensors_meta_value(h, i));
        assert_null(dl_safetensors_read(h, i));
        if (h)
            expect_error(ctx, DL_EINVAL, "of 7 is wanted");
    }
    assert_int_equal(dl_safetensors_count(NULL), 0);
    assert_int_equal(dl_safetensors_meta_count(NULL), 0);
    assert_null(dl_safetensors_meta(NULL, "a"));
    assert_null(dl_safetensors_meta(s, NULL));
    assert_int_equal(dl_safetensors_find(s, NULL), -1);
    assert_int_equal(dl_safetensors_find(NULL, "a"), -1);
    assert_int_equal(dl_safetensors_find(s, "none"), -1);
    assert_int_equal(dl_safetensors_verify(NULL), DL_EINVAL);
    assert_null(dl_safetensors_keep(NULL));
    int32_t b = dl_safetensors_find(s, "b");
    assert_int_equal(dl_safetensors_dim(s, b, -1), 3);
    assert_int_equal(dl_safetensors_dim(s, b, 2), -1);
    assert_int_equal(dl_safetensors_dim(s, b, -3), -1);
    assert_ptr_equal(dl_safetensors_keep(s), s);
    dl_safetensors_drop(s);
    dl_safetensors_drop(s);
    dl_safetensors_drop(NULL);
    assert_null(dl_safetensors_open(NULL, scratch_at("f"), NULL));
    assert_null(dl_safetensors_open(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_null(dl_safetensors_open(ctx, scratch_at("none"), NULL));
    expect_error(ctx, DL_EIO, "no such file");
    dl_safetensors_opts strange = {.verify = 7};
    assert_null(dl_safetensors_open(ctx, scratch_at("f"), &strange));
    expect_error(ctx, DL_EINVAL, "verify is 7");
}

static void a_shape_is_enough_while_meta_tensors_are_made(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(save_all(ctx, scratch_at("f"), NULL), DL_OK);
    dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), NULL);
    dl_meta_enable(ctx, 1);
    dl_tensor *t = dl_safetensors_read(s, dl_safetensors_find(s, "b"));
    dl_meta_enable(ctx, 0);
    assert_int_equal(dl_tensor_meta(t), 1);
    assert_shape(t, 2, 3);
    dl_tensor_drop(t);
    dl_safetensors_drop(s);
}

static void a_flipped_bit_anywhere_is_found_by_the_checksums(void **state)
{
    dl_ctx *ctx = *state;
    static uint8_t file[4096];
    dl_safetensors_save_opts save = {.checksums = 1};
    dl_safetensors_opts strict = {.verify = 1}, never = {.verify = DL_OFF};
    const char *path = scratch_at("f");
    assert_int_equal(save_all(ctx, path, &save), DL_OK);
    size_t n = scratch_get(path, file, sizeof file);
    assert_true(n > 800 && n < sizeof file);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int fd = open(path, O_WRONLY);
        assert_int_equal(write(fd, file, n), n);
        close(fd);
        assert_null(dl_safetensors_open(ctx, path, &strict));
        assert_true(dl_ctx_status(ctx) == DL_EFORMAT || dl_ctx_status(ctx) == DL_ELIMIT);
        dl_ctx_clear(ctx);
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    file[n - 1] ^= 1; /* in data alone: opens, and fails where it is read */
    scratch_put(path, file, n);
    dl_safetensors *s = dl_safetensors_open(ctx, path, NULL);
    expect_ok(ctx);
    int32_t last = dl_safetensors_count(s) - 1;
    assert_null(dl_safetensors_read(s, last));
    expect_error(ctx, DL_EFORMAT, "'flags': its data is damaged");
    assert_int_equal(dl_safetensors_verify(s), DL_EFORMAT);
    dl_ctx_clear(ctx);
    dl_tensor *t = dl_safetensors_read(s, 0);
    assert_non_null(t);
    dl_tensor_drop(t);
    dl_safetensors_drop(s);
    s = dl_safetensors_open(ctx, path, &never);
    t = dl_safetensors_read(s, last);
    assert_non_null(t);
    dl_tensor_drop(t);
    dl_safetensors_drop(s);
}

/* ---- failures of the system ------------------------------------------------------------------ */

static dl_status save_and_read(dl_ctx *ctx, void *user)
{
    dl_safetensors_save_opts save = {.checksums = 1, .keep_previous = 1};
    dl_tensor **t = user;
    dl_status status =
        dl_safetensors_save(ctx, scratch_at("f"), names, t, N, keys, values, 3, &save);
    dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), NULL);
    for (int32_t i = 0; i < dl_safetensors_count(s); i++)
        dl_tensor_drop(dl_safetensors_read(s, i));
    dl_safetensors_drop(s);
    return status ? status : dl_ctx_status(ctx);
}

static void every_failed_allocation_is_survived(void **state)
{
    dl_ctx *ctx = *state;
    fault_io io;
    dl_tensor *t[N];
    make_all(ctx, t);
    fault_io_begin(&io);
    assert_true(fault_loop(ctx, save_and_read, NULL, t) > 20);
    assert_int_equal(io.open_files, 0);
}

static void every_failed_system_call_is_survived(void **state)
{
    dl_ctx *ctx = *state;
    fault_io io;
    dl_tensor *t[N];
    make_all(ctx, t);
    fault_io_begin(&io);
    assert_int_equal(save_and_read(ctx, t), DL_OK);
    assert_int_equal(save_and_read(ctx, t), DL_OK);
    int64_t calls = io.count[FAULT_ANY] / 2 + 1, bytes = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    for (int64_t k = 1; k <= calls; k++) {
        fault_io_begin(&io);
        io.fail_at = k;
        io.code = EIO;
        save_and_read(ctx, t);
        dl_ctx_clear(ctx);
        assert_int_equal(io.open_files, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), bytes);
        fault_io_end(); /* whatever failed, a whole file is there */
        dl_safetensors_opts open = {.verify = 1};
        dl_safetensors *s = dl_safetensors_open(ctx, scratch_at("f"), &open);
        assert_int_equal(dl_safetensors_count(s), N);
        dl_safetensors_drop(s);
    }
}

static void offsets_beyond_4_gib_work(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t big = 5000000000;
    const char *path =
        put_file("{\"big\":{\"dtype\":\"U8\",\"shape\":[5000000000],\"data_offsets\":[0,"
                 "5000000000]},\"x\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":["
                 "5000000000,5000000004]}}",
                 "", 0);
    int fd = open(path, O_WRONLY);
    int64_t at = lseek(fd, 0, SEEK_END) + big;
    if (pwrite(fd, "\x2a\0\0\0", 4, at) != 4) { /* a file system without sparse files */
        close(fd);
        skip();
    }
    close(fd);
    dl_safetensors *s = dl_safetensors_open(ctx, path, NULL);
    expect_ok(ctx);
    dl_tensor *t = dl_safetensors_read(s, dl_safetensors_find(s, "x"));
    expect_ok(ctx);
    assert_values(t, 42);
    dl_tensor_drop(t);
    dl_safetensors_drop(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(what_was_saved_is_read_back),
        T(save_load_save_gives_the_same_bytes),
        T(the_bytes_are_those_of_the_reference),
        T(files_of_the_reference_are_copied_byte_for_byte),
        T(any_strides_are_written_in_logical_order),
        T(every_type_is_read_as_documented_from_unaligned_data),
        T(every_half_becomes_its_float),
        T(wrong_arguments_are_refused_before_anything_is_written),
        T(unknown_options_are_refused),
        T(wrong_numbers_and_handles_give_plain_answers),
        T(a_shape_is_enough_while_meta_tensors_are_made),
        T(a_flipped_bit_anywhere_is_found_by_the_checksums),
        T(every_failed_allocation_is_survived),
        T(every_failed_system_call_is_survived),
        T(offsets_beyond_4_gib_work),
    };
    return cmocka_run_group_tests_name("io/safetensors", tests, NULL, NULL);
}
