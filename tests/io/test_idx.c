#include "support.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "dl/io.h"
#include "dl/tensor.h"
#include "io/idx.h"
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

/* One gzip member of n bytes; returns its length. */
static size_t pack(const void *data, size_t n, uint8_t *out, size_t cap)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    n = z.total_out;
    deflateEnd(&z);
    return n;
}

static uint8_t parsed[4]; /* the first bytes that parse read */

/* What dl_idx_read does, on memory that ends exactly where the file does. */
static dl_status parse(dl_ctx *ctx, const void *data, size_t n)
{
    dl__source s;
    dl__idx x;
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    dl_status status = dl__source_memory(&s, ctx, "file", copy, n);
    if (!status) {
        status = dl__idx_begin(&s, &x);
        if (!status) {
            uint8_t *dst = malloc((size_t)x.count * dl_dtype_size(x.as) + 1);
            assert_non_null(dst);
            status = dl__idx_fill(&s, &x, dst);
            if (!status && x.count >= 4)
                memcpy(parsed, dst, sizeof parsed);
            free(dst);
        }
        dl__source_close(&s);
    }
    free(copy);
    return status;
}

static const uint8_t small[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 254, 255};

/* ---- good files ------------------------------------------------------------------------------ */

static dl_tensor *read_bytes(dl_ctx *ctx, const void *data, size_t n)
{
    scratch_put(scratch_at("f"), data, n);
    dl_tensor *t = dl_idx_read(ctx, scratch_at("f"));
    expect_ok(ctx);
    return dl_tensor_give(t);
}

static void every_element_type_is_read(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = read_bytes(ctx, small, sizeof small);
    assert_int_equal(dl_tensor_dtype(t), DL_U8);
    assert_shape(t, 2, 1, 2);
    assert_values(t, 1, 2, 254, 255);
    t = read_bytes(ctx, "\0\0\x09\1\0\0\0\3\x80\xff\x7f", 11);
    assert_int_equal(dl_tensor_dtype(t), DL_I32);
    assert_values(t, -128, -1, 127);
    t = read_bytes(ctx, "\0\0\x0b\1\0\0\0\3\x80\0\xff\xfe\x7f\xff", 14);
    assert_int_equal(dl_tensor_dtype(t), DL_I32);
    assert_values(t, -32768, -2, 32767);
    t = read_bytes(ctx, "\0\0\x0c\1\0\0\0\2\x80\0\0\0\0\0\1\2", 16);
    assert_int_equal(dl_tensor_dtype(t), DL_I32);
    assert_values(t, -2147483648.0, 258);
    t = read_bytes(ctx, "\0\0\x0d\2\0\0\0\1\0\0\0\2\x3f\x80\0\0\xc0\0\0\0", 20);
    assert_int_equal(dl_tensor_dtype(t), DL_F32);
    assert_shape(t, 1, 2);
    assert_values(t, 1, -2);
    t = read_bytes(ctx, "\0\0\x0e\1\0\0\0\1\x3f\xf0\0\0\0\0\0\0", 16);
    assert_int_equal(dl_tensor_dtype(t), DL_F64);
    assert_values(t, 1);
    t = read_bytes(ctx, "\0\0\x0c\2\0\0\0\0\0\0\0\7", 12);
    assert_shape(t, 0, 7);
}

static void gzip_is_recognised_by_content_in_one_piece_or_more(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t file[512] = {0};
    size_t n = pack(small, sizeof small, file, sizeof file);
    assert_values(read_bytes(ctx, file, n), 1, 2, 254, 255);
    n = pack(small, 7, file, sizeof file);
    n += pack("", 0, file + n, sizeof file - n);
    n += pack(small + 7, sizeof small - 7, file + n, sizeof file - n);
    assert_values(read_bytes(ctx, file, n), 1, 2, 254, 255);
    memset(file + n, 0, 100); /* padding */
    assert_values(read_bytes(ctx, file, n + 100), 1, 2, 254, 255);
    file[n + 50] = 1;
    assert_int_equal(parse(ctx, file, n + 100), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "followed by something else");
}

static void a_large_packed_file_is_read_in_blocks(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 300000 };
    static uint8_t raw[8 + N], file[N + 1000];
    memcpy(raw, "\0\0\x08\1\0\x04\x93\xe0", 8);
    uint32_t random = 1;
    for (int i = 0; i < N; i++)
        raw[8 + i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    size_t n = pack(raw, sizeof raw, file, sizeof file);
    assert_true(n > 65536);
    dl_tensor *t = read_bytes(ctx, file, n);
    assert_shape(t, N);
    assert_memory_equal(dl_tensor_data(t), raw + 8, N);
}

static void what_was_written_is_read_back_whatever_the_strides(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_U8, DL_I32, DL_F32, DL_F64};
    for (int k = 0; k < 4; k++) {
        for (int layout = 0; layout < LAYOUTS; layout++) {
            double v[24];
            for (int i = 0; i < 24; i++)
                v[i] = k == 0 ? i * 10 : i * 1000 - 5000;
            dl_tensor *t =
                with_layout(tensor_of(ctx, types[k], v, (const int64_t[]){2, 3, 4}, 3), layout);
            assert_int_equal(dl_idx_write(t, scratch_at("f")), DL_OK);
            dl_tensor *back = dl_idx_read(ctx, scratch_at("f"));
            expect_ok(ctx);
            assert_same_bits(back, t);
            dl_tensor_drop(back);
        }
    }
    char bytes[32];
    dl_tensor *t = make_tensor(ctx, DL_I32, DL_SHAPE(1, 2), 1, -2);
    assert_int_equal(dl_idx_write(t, scratch_at("f")), DL_OK);
    assert_int_equal(scratch_get(scratch_at("f"), bytes, sizeof bytes), 20);
    assert_memory_equal(bytes, "\0\0\x0c\2\0\0\0\1\0\0\0\2\0\0\0\1\xff\xff\xff\xfe", 20);
}

static void what_idx_cannot_hold_is_not_written(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(2)));
    dl_idx_write(t, scratch_at("f"));
    expect_error(ctx, DL_EDTYPE, "the tensor is i64");
    t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, NULL, 0));
    dl_idx_write(t, scratch_at("f"));
    expect_error(ctx, DL_ESHAPE, "no dimensions");
    t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, 4294967296)));
    dl_idx_write(t, scratch_at("f"));
    expect_error(ctx, DL_ESHAPE, "dimension 1 is 4294967296");
    t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)));
    assert_int_equal(dl_idx_write(t, NULL), DL_EINVAL);
    dl_ctx_clear(ctx);
    assert_int_equal(dl_idx_write(NULL, scratch_at("f")), DL_EINVAL);
    assert_int_equal(scratch_entries(), 0);
}

/* ---- bad files ------------------------------------------------------------------------------- */

static void each_bad_file_is_refused_by_its_own_message(void **state)
{
    dl_ctx *ctx = *state;
#define BYTES(text) text, sizeof text - 1
    static const struct {
        const char *bytes;
        size_t n;
        dl_status status;
        const char *part;
    } cases[] = {
        {BYTES(""), DL_EFORMAT, "has 0 bytes"},
        {BYTES("\0\0\x08"), DL_EFORMAT, "ends after 3 bytes, an IDX header needs 4"},
        {BYTES("\0\1\x08\1\0\0\0\1\7"), DL_EFORMAT, "begins with bytes 00 01"},
        {BYTES("\0\0\x0a\1\0\0\0\1\7"), DL_EFORMAT, "element type is 0a"},
        {BYTES("\0\0\0\1\0\0\0\1\7"), DL_EFORMAT, "element type is 00"},
        {BYTES("\0\0\x08\0\7"), DL_EFORMAT, "no dimensions"},
        {BYTES("\0\0\x08\x09"), DL_EUNSUPPORTED, "9 dimensions"},
        {BYTES("\0\0\x08\xff"), DL_EUNSUPPORTED, "255 dimensions"},
        {BYTES("\0\0\x08\2\0\0\0\1\0\0\0"), DL_EFORMAT, "ends after 11 bytes, its header needs 12"},
        {BYTES("\0\0\x08\1\0\0\0\2\7"), DL_EFORMAT, "states 2 bytes of data, at most 1 can follow"},
        {BYTES("\0\0\x08\1\0\0\0\1\7\7"), DL_EFORMAT, "states 1 bytes of data, 2 follow"},
        {BYTES("\0\0\x0e\1\0\0\0\1\7"), DL_EFORMAT, "states 8 bytes"},
        {BYTES("\0\0\x08\1\xff\xff\xff\xff\7"), DL_EFORMAT, "states 4294967295 bytes"},
        {BYTES("\0\0\x08\2\xff\xff\xff\xff\xff\xff\xff\xff\7"), DL_EFORMAT, "more elements"},
        {BYTES("\0\0\x0e\2\x40\0\0\0\x40\0\0\0\7"), DL_EFORMAT, "more elements"},
        {BYTES("\0\0\x09\2\x60\0\0\0\x7f\xff\xff\xff\7"), DL_EFORMAT, "more elements"},
        {BYTES("\0\0\x08\3\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), DL_EFORMAT, "more elements"},
        {BYTES("<!DOCTYPE html>\n<html><body>404"), DL_EFORMAT, "HTML page"},
        {BYTES("PK\3\4............"), DL_EFORMAT, "zip archive"},
        {BYTES("\x1f\x8b"), DL_EFORMAT, "ends too early"},
        {BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff"), DL_EFORMAT, "is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dl_status status = parse(ctx, cases[i].bytes, cases[i].n);
        if (status != cases[i].status || !strstr(dl_ctx_message(ctx), cases[i].part))
            fail_msg("case %zu: %d %s", i, status, dl_ctx_message(ctx));
        dl_ctx_clear(ctx);
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t file[512];
    size_t n = pack(small, sizeof small, file, sizeof file);
    for (size_t k = 0; k < sizeof small; k++) {
        assert_int_equal(parse(ctx, small, k), DL_EFORMAT);
        dl_ctx_clear(ctx);
    }
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(parse(ctx, file, k), DL_EFORMAT);
        dl_ctx_clear(ctx);
    }
    assert_int_equal(parse(ctx, file, n), DL_OK);
}

static void a_flipped_bit_in_a_packed_file_is_found(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t file[512];
    size_t n = pack(small, sizeof small, file, sizeof file);
    size_t good = 0;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        size_t byte = bit / 8;
        file[byte] ^= (uint8_t)(1 << bit % 8);
        dl_status status = parse(ctx, file, n);
        if (status == DL_OK) { /* time, system, filling bits: what is read is right */
            assert_memory_equal(parsed, small + 16, 4);
            good++;
        }
        memset(parsed, 0, sizeof parsed);
        dl_ctx_clear(ctx);
        file[byte] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(good < 64); /* of at most 6 bytes that do not matter, and a few bits */
}

static void a_packed_file_that_grows_beyond_its_header_is_stopped(void **state)
{
    dl_ctx *ctx = *state;
    static uint8_t big[4000000], file[10000];
    memcpy(big, "\0\0\x08\1\0\0\0\4", 8);
    size_t n = pack(big, sizeof big, file, sizeof file);
    assert_int_equal(parse(ctx, file, n), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "more than the 4 bytes");
    memcpy(big, "\0\0\x08\1\x7f\xff\xff\xff", 8); /* and one that states more than can come */
    n = pack(big, sizeof big, file, sizeof file);
    assert_int_equal(parse(ctx, file, n), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "can follow");
    memcpy(big, "\0\0\x08\1\0\x3d\x09\0", 8);
    n = pack(big, sizeof big, file, sizeof file);
    assert_int_equal(parse(ctx, file, n), DL_EFORMAT);
    expect_error(ctx, DL_EFORMAT, "ends after 4000000 bytes");
}

static void labels_are_told_from_images(void **state)
{
    dl_ctx *ctx = *state;
    scratch_put(scratch_at("i"), small, sizeof small);
    scratch_put(scratch_at("l"), "\0\0\x08\1\0\0\0\1\7", 9);
    assert_null(dl__idx_read(ctx, scratch_at("l"), 3));
    expect_error(ctx, DL_EFORMAT, "has 1 dimension (a label file), 3 are wanted (an image file)");
    assert_null(dl__idx_read(ctx, scratch_at("i"), 1));
    expect_error(ctx, DL_EFORMAT, "has 3 dimensions (an image file), 1 is wanted (a label file)");
    dl_tensor *t = dl__idx_read(ctx, scratch_at("i"), 3);
    assert_non_null(t);
    dl_tensor_drop(t);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void all_spellings_of_a_name_are_found(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const spellings[] = {"train-images-idx3-ubyte", "train-images.idx3-ubyte",
                                            "train-images-idx3-ubyte.gz",
                                            "train-images.idx3-ubyte.gz"};
    for (int there = 0; there < 4; there++) {
        scratch_put(scratch_at(spellings[there]), small, sizeof small);
        for (int asked = 0; asked < 4; asked++) {
            char path[256];
            dl_tensor *t = dl_idx_read(ctx, scratch_at(spellings[asked]));
            expect_ok(ctx);
            dl_tensor_drop(t);
            const char *folders[] = {NULL, "/nonexistent", scratch_folder()};
            assert_int_equal(dl_idx_find(ctx, folders, 3, spellings[asked], path, sizeof path),
                             DL_OK);
            assert_string_equal(path, scratch_at(spellings[there]));
        }
        assert_int_equal(remove(scratch_at(spellings[there])), 0);
    }
}

static void what_was_tried_is_listed_when_nothing_is_found(void **state)
{
    dl_ctx *ctx = *state;
    char path[256] = "x";
    const char *folders[] = {"/no/where", NULL, "/else/where"};
    assert_null(dl_idx_read(ctx, "/no/t10k-labels-idx1-ubyte"));
    expect_error(ctx, DL_EIO,
                 "/no/t10k-labels-idx1-ubyte, /no/t10k-labels-idx1-ubyte.gz, "
                 "/no/t10k-labels.idx1-ubyte, /no/t10k-labels.idx1-ubyte.gz");
    dl_idx_find(ctx, folders, 3, "plain", path, sizeof path);
    expect_error(ctx, DL_EIO, "none of plain, plain.gz in /no/where, /else/where");
    assert_string_equal(path, "");
    scratch_put(scratch_at("plain"), small, sizeof small);
    folders[1] = scratch_folder();
    dl_idx_find(ctx, folders, 3, "plain", path, 5);
    expect_error(ctx, DL_ELIMIT, "room for 4");
    dl_idx_find(ctx, NULL, 1, "plain", path, 5);
    expect_error(ctx, DL_EINVAL, "NULL");
    dl_idx_find(ctx, folders, 3, "", path, 5);
    expect_error(ctx, DL_EINVAL, "empty");
    dl_idx_find(ctx, folders, 3, "a", NULL, 5);
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(dl_idx_find(NULL, folders, 3, "a", path, 5), DL_EINVAL);
    assert_null(dl_idx_read(ctx, NULL));
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_null(dl_idx_read(NULL, "a"));
    assert_null(dl_idx_read(ctx, scratch_folder()));
    expect_error(ctx, DL_EIO, "none of");
    assert_int_equal(mkfifo(scratch_at("pipe"), 0600), 0);
    assert_null(dl_idx_read(ctx, scratch_at("pipe")));
    expect_error(ctx, DL_EIO, "pipe or device");
}

/* ---- failures of the system ------------------------------------------------------------------ */

static dl_status read_and_write(dl_ctx *ctx, void *user)
{
    const char *path;
    (void)user;
    path = scratch_at("f.gz");
    dl_tensor *t = dl_idx_read(ctx, path);
    path = scratch_at("g");
    dl_status status = dl_idx_write(t, path);
    dl_tensor_drop(t);
    t = dl_idx_read(ctx, path);
    dl_tensor_drop(t);
    char found[256];
    const char *folder = scratch_folder();
    dl_idx_find(ctx, &folder, 1, "f", found, sizeof found);
    return status < 0 ? status : dl_ctx_status(ctx);
}

static void every_failed_allocation_is_survived(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t file[512];
    fault_io io;
    scratch_put(scratch_at("f.gz"), file, pack(small, sizeof small, file, sizeof file));
    fault_io_begin(&io);
    assert_true(fault_loop(ctx, read_and_write, NULL, NULL) > 10);
    assert_int_equal(io.open_files, 0);
}

static void every_failed_system_call_is_survived(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t file[512];
    fault_io io;
    scratch_put(scratch_at("f.gz"), file, pack(small, sizeof small, file, sizeof file));
    assert_int_equal(read_and_write(ctx, NULL), DL_OK);
    fault_io_begin(&io);
    assert_int_equal(read_and_write(ctx, NULL), DL_OK);
    int64_t calls = io.count[FAULT_ANY], bytes = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    for (int64_t k = 1; k <= calls; k++) {
        fault_io_begin(&io);
        io.fail_at = k;
        io.code = EIO;
        read_and_write(ctx, NULL);
        dl_ctx_clear(ctx);
        assert_int_equal(io.hits, 1);
        assert_int_equal(io.open_files, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), bytes);
    }
    fault_io_begin(&io);
    io.chop = 1;
    io.interrupt = 1;
    assert_int_equal(read_and_write(ctx, NULL), DL_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(every_element_type_is_read),
        T(gzip_is_recognised_by_content_in_one_piece_or_more),
        T(a_large_packed_file_is_read_in_blocks),
        T(what_was_written_is_read_back_whatever_the_strides),
        T(what_idx_cannot_hold_is_not_written),
        T(each_bad_file_is_refused_by_its_own_message),
        T(a_file_cut_anywhere_is_refused),
        T(a_flipped_bit_in_a_packed_file_is_found),
        T(a_packed_file_that_grows_beyond_its_header_is_stopped),
        T(labels_are_told_from_images),
        T(all_spellings_of_a_name_are_found),
        T(what_was_tried_is_listed_when_nothing_is_found),
        T(every_failed_allocation_is_survived),
        T(every_failed_system_call_is_survived),
    };
    return cmocka_run_group_tests_name("io/idx", tests, NULL, NULL);
}
