/* Pictures that are damaged, cut off, or made to break a decoder. */
#include "support/support.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "core/bytes.h"
#include "dl/image.h"
#include "dl/io.h"
#include "support/golden_image.h"
#include "support/scratch.h"

enum { MOST = 8192 };

/* A file that may be changed. */
typedef struct bytes {
    unsigned char p[MOST];
    size_t n;
} bytes;

static bytes *load(dl_ctx *ctx, const char *name)
{
    static bytes b;
    dl_safetensors *s = golden_images(ctx);
    dl_tensor *file = golden_image(s, "file", name);
    b.n = (size_t)dl_tensor_count(file);
    assert_true(b.n <= MOST);
    memcpy(b.p, dl_tensor_data(file), b.n);
    dl_safetensors_drop(s);
    return &b;
}

/* Exactly n bytes, so that a sanitizer sees a read past the end. */
static dl_tensor *decode(dl_ctx *ctx, const unsigned char *p, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    dl_tensor *t = dl_image_decode(ctx, copy, n, "a.bin", &(dl_image_opts){.max_pixels = 1 << 20});
    free(copy);
    return t;
}

static void refused(dl_ctx *ctx, const bytes *b, dl_status code, const char *part)
{
    assert_null(decode(ctx, b->p, b->n));
    expect_error(ctx, code, part);
}

/* Refused with this code and message, or read where the code is DL_OK. */
static void expect_outcome(dl_ctx *ctx, const bytes *b, dl_status code, const char *part)
{
    if (code != DL_OK)
        refused(ctx, b, code, part);
    else if (!dl_tensor_give(decode(ctx, b->p, b->n)))
        fail_msg("refused: %s", dl_ctx_message(ctx));
}

static const char *const samples[] = {"png_2_8_1",
                                      "png_3_4_0",
                                      "png_pil",
                                      "jpeg_420",
                                      "jpeg_grey",
                                      "jpeg_restart",
                                      "jpeg_progressive_420",
                                      "bmp_4",
                                      "bmp_24",
                                      "bmp_565",
                                      "bmp_down"};

static void a_file_cut_anywhere_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
        bytes *b = load(ctx, samples[k]);
        for (size_t n = 0; n < b->n; n++) {
            assert_null(decode(ctx, b->p, n));
            expect_error(ctx, DL_EFORMAT, "a.bin: ");
        }
        assert_non_null(dl_tensor_give(decode(ctx, b->p, b->n)));
    }
}

/* One wrong bit: refused, or other pixels; of PNG, whose chunks have checksums, always refused. */
static void one_wrong_bit_does_no_harm(void **state)
{
    dl_ctx *ctx = *state;
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
        bytes *b = load(ctx, samples[k]);
        const int png = memcmp(samples[k], "png", 3) == 0;
        const size_t most = b->n < 700 ? b->n : 700;
        for (size_t bit = 0; bit < 8 * most; bit++) {
            b->p[bit / 8] ^= (unsigned char)(1 << bit % 8);
            dl_tensor *t = decode(ctx, b->p, b->n);
            assert_true(!t == (dl_ctx_status(ctx) != DL_OK));
            assert_true(!png || !t);
            dl_tensor_drop(t);
            dl_ctx_clear(ctx);
            b->p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
}

static void what_is_no_picture_is_named(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *p;
        size_t n;
        dl_status code;
        const char *says;
    } cases[] = {
        {"", 0, DL_EFORMAT, "a.bin: has 0 bytes"},
        {"x", 1, DL_EFORMAT, "is neither JPEG, PNG nor BMP"},
        {"GIF89a....", 10, DL_EUNSUPPORTED, "is a GIF file, JPEG, PNG and BMP are read"},
        {"RIFF....WEBP", 12, DL_EUNSUPPORTED, "WebP"},
        {"<!DOCTYPE html>", 15, DL_EFORMAT, "HTML"},
        {"\xff\xd8", 2, DL_EFORMAT, "JPEG: the segment at byte 2 ends behind the file"},
        {"\xff\xd8\xff\xd9", 4, DL_EFORMAT, "JPEG: it has no pixels"},
        {"\xff\xd8xx", 4, DL_EFORMAT, "JPEG: no marker at byte 2, which holds 78"},
        {"\x89PNG\r\n\x1a\n", 8, DL_EFORMAT, "PNG: the chunk at byte 8 ends behind the file"},
        {"BM", 2, DL_EFORMAT, "BMP: it ends in its header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(decode(ctx, (const unsigned char *)cases[i].p, cases[i].n));
        expect_error(ctx, cases[i].code, cases[i].says);
    }
}

/* ---- JPEG ------------------------------------------------------------------------------------ */

/* Where the n-th marker of this kind stands. */
static size_t marker(const bytes *b, int kind, int n)
{
    for (size_t i = 0; i + 1 < b->n; i++)
        if (b->p[i] == 0xff && b->p[i + 1] == kind && n-- == 0)
            return i;
    fail();
    return 0;
}

/* Puts m bytes in front of byte at. */
static void insert(bytes *b, size_t at, const void *what, size_t m)
{
    assert_true(b->n + m <= MOST);
    memmove(b->p + at + m, b->p + at, b->n - at);
    memcpy(b->p + at, what, m);
    b->n += m;
}

/* 16 counts of 255: it wrote behind the arrays of stb_image 2.27. */
static void huffman_tables_that_cannot_be_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static unsigned char table[2 + 2 + 17 + 4080] = {0xff, 0xc4, 0x10, 0x03};
    memset(table + 5, 255, 16);
    bytes *b = load(ctx, "jpeg_grey");
    insert(b, marker(b, 0xc4, 0), table, sizeof table);
    refused(ctx, b, DL_EFORMAT, "JPEG: the Huffman table before byte");
    static const struct {
        unsigned char count[4]; /* of 1, 2, 3 and 8 bits */
        unsigned char symbol;
        int right;
    } cases[] = {
        {{1, 0, 0, 0}, 0, 1},    {{2, 0, 0, 0}, 0, 0}, {{0, 4, 0, 0}, 0, 0},
        {{0, 3, 1, 0}, 0, 1},    {{0, 3, 2, 0}, 0, 0}, {{1, 1, 1, 0}, 0, 1},
        {{0, 0, 0, 255}, 15, 1}, {{0, 0, 0, 0}, 0, 0}, {{1, 0, 0, 0}, 16, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char t[2 + 2 + 17 + 255] = {0xff, 0xc4};
        const unsigned char *c = cases[i].count;
        const size_t n = (size_t)c[0] + c[1] + c[2] + c[3];
        t[2] = (unsigned char)((19 + n) >> 8);
        t[3] = (unsigned char)(19 + n);
        t[4] = 3; /* a table that nobody asks for */
        memcpy(t + 5, c, 3);
        t[5 + 7] = c[3];
        memset(t + 21, cases[i].symbol, n);
        b = load(ctx, "jpeg_grey");
        insert(b, marker(b, 0xc4, 0), t, 21 + n);
        expect_outcome(ctx, b, cases[i].right ? DL_OK : DL_EFORMAT,
                       "JPEG: the Huffman table before byte");
    }
}

/* One byte at a place behind a marker becomes another. */
static void wrong_fields_of_jpeg_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *file;
        int marker, nth, at, value;
        dl_status code;
        const char *says;
    } cases[] = {
        {"jpeg_420", 0xc0, 0, 4, 12, DL_EUNSUPPORTED, "it has 12 bits, 8 are read"},
        {"jpeg_420", 0xc0, 0, 6, 0, DL_EFORMAT, "its size is 0 x 50, it has no pixels"},
        {"jpeg_420", 0xc0, 0, 5, 255, DL_ELIMIT, "at most 1048576 pixels work"},
        {"jpeg_grey", 0xc0, 0, 5, 70, DL_EFORMAT, "cannot hold"},
        {"jpeg_420", 0xc0, 0, 9, 2, DL_EFORMAT, "the frame header"},
        {"jpeg_420", 0xc0, 0, 11, 0x02, DL_EFORMAT, "the frame header"},
        {"jpeg_420", 0xc0, 0, 11, 0x52, DL_EFORMAT, "the frame header"},
        {"jpeg_420", 0xc0, 0, 14, 0x33, DL_EUNSUPPORTED, "sampled 2 x 2 of 3 x 3"},
        {"jpeg_420", 0xc0, 0, 12, 4, DL_EFORMAT, "the frame header"},
        {"jpeg_420", 0xc0, 0, 12, 3, DL_EFORMAT, "quantization table 3 is not there"},
        {"jpeg_420", 0xc0, 0, 13, 1, DL_EFORMAT, "the frame header"},
        {"jpeg_420", 0xc0, 0, 1, 0xc1, DL_OK, ""},
        {"jpeg_420", 0xc0, 0, 1, 0xc3, DL_EUNSUPPORTED, "its kind (SOF3) is not read"},
        {"jpeg_420", 0xc0, 0, 1, 0xc9, DL_EUNSUPPORTED, "its kind (SOF9) is not read"},
        {"jpeg_420", 0xda, 0, 4, 4, DL_EFORMAT, "the scan header"},
        {"jpeg_420", 0xda, 0, 4, 0, DL_EFORMAT, "the scan header"},
        {"jpeg_420", 0xda, 0, 5, 9, DL_EFORMAT, "the scan header"},
        {"jpeg_420", 0xda, 0, 7, 1, DL_EFORMAT, "the scan header"},
        {"jpeg_420", 0xda, 0, 6, 0x22, DL_EFORMAT, "a Huffman table of the scan"},
        {"jpeg_420", 0xda, 0, 6, 0x40, DL_EFORMAT, "the scan header"},
        {"jpeg_420", 0xdb, 0, 4, 0x05, DL_EFORMAT, "the quantization table"},
        {"jpeg_420", 0xdb, 0, 4, 0x20, DL_EFORMAT, "the quantization table"},
        {"jpeg_420", 0xdb, 0, 4, 0x10, DL_EFORMAT, "the quantization table"},
        {"jpeg_420", 0xc4, 0, 4, 0x20, DL_EFORMAT, "the Huffman table"},
        {"jpeg_420", 0xc4, 0, 4, 0x04, DL_EFORMAT, "the Huffman table"},
        {"jpeg_progressive_420", 0xda, 1, 7, 64, DL_EFORMAT, "the scan header"},
        {"jpeg_progressive_420", 0xda, 0, 12, 5, DL_EFORMAT, "the scan header"},
        {"jpeg_progressive_420", 0xda, 0, 13, 0xe0, DL_EFORMAT, "the scan header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes *b = load(ctx, cases[i].file);
        b->p[marker(b, cases[i].marker, cases[i].nth) + (size_t)cases[i].at] =
            (unsigned char)cases[i].value;
        expect_outcome(ctx, b, cases[i].code, cases[i].says);
    }
}

static void a_jpeg_of_very_many_scans_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    bytes *b = load(ctx, "jpeg_grey_progressive");
    const size_t at = marker(b, 0xda, 0);
    static unsigned char scan[10 + 2] = {0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x55, 0x55};
    memcpy(scan, b->p + at, 10);
    for (int i = 0; i < 65; i++)
        insert(b, at, scan, sizeof scan);
    refused(ctx, b, DL_ELIMIT, "JPEG: it has more than 64 scans");
}

/* Each further scan of a sequential frame would cost the time of a picture, for no data. */
static void components_of_a_sequential_jpeg_are_in_one_scan(void **state)
{
    dl_ctx *ctx = *state;
    static unsigned char scan[10 + 2];
    bytes *b = load(ctx, "jpeg_grey");
    const size_t end = b->n - 2;
    memcpy(scan, b->p + marker(b, 0xda, 0), 10);
    insert(b, end, scan, sizeof scan);
    refused(ctx, b, DL_EFORMAT, "JPEG: component 0 is in two scans, the second before byte");
    b = load(ctx, "jpeg_420");
    const size_t at = marker(b, 0xda, 0);
    b->p[at + 3] = 8; /* the header has the first component alone */
    b->p[at + 4] = 1;
    memmove(b->p + at + 7, b->p + at + 11, b->n - at - 11);
    b->n -= 4;
    refused(ctx, b, DL_EFORMAT, "JPEG: component 1 is in no scan");
}

/* ---- PNG ------------------------------------------------------------------------------------- */

/* Makes the checksums of all chunks right. */
static void seal(bytes *b)
{
    for (size_t at = 8; at + 12 <= b->n;) {
        const size_t n = dl__load_be32(b->p + at);
        if (n > b->n - at - 12)
            return;
        dl__store_be32(b->p + at + 8 + n, (uint32_t)crc32(0, b->p + at + 4, (uInt)n + 4));
        at += 12 + n;
    }
}

static size_t chunk(const bytes *b, const char *name)
{
    for (size_t at = 8; at + 12 <= b->n; at += 12 + dl__load_be32(b->p + at))
        if (memcmp(b->p + at + 4, name, 4) == 0)
            return at;
    fail();
    return 0;
}

static void wrong_fields_of_png_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *file, *chunk;
        int at, value;
        dl_status code;
        const char *says;
    } cases[] = {
        {"png_2_8_0", "IHDR", 11, 0, DL_EFORMAT, "its size is 7 x 0, it has no pixels"},
        {"png_2_8_0", "IHDR", 15, 0, DL_EFORMAT, "its size is 0 x 11"},
        {"png_2_8_0", "IHDR", 8, 0x80, DL_EFORMAT, "31 bits"},
        {"png_2_8_0", "IHDR", 8, 0x7f, DL_ELIMIT, "at most 1048576 pixels"},
        {"png_2_8_0", "IHDR", 14, 0xff, DL_EFORMAT, "cannot hold"},
        {"png_2_8_0", "IHDR", 14, 1, DL_EFORMAT, "its data ends too early"},
        {"png_2_8_0", "IHDR", 15, 6, DL_EFORMAT, "it has more data than pixels"},
        {"png_2_8_0", "IHDR", 16, 4, DL_EFORMAT, "4 bits of colour type 2 are not possible"},
        {"png_2_8_0", "IHDR", 16, 3, DL_EFORMAT, "3 bits of colour type 2"},
        {"png_2_8_0", "IHDR", 17, 5, DL_EFORMAT, "8 bits of colour type 5"},
        {"png_2_8_0", "IHDR", 18, 1, DL_EFORMAT, "compression 1"},
        {"png_2_8_0", "IHDR", 19, 1, DL_EFORMAT, "filter 1"},
        {"png_2_8_0", "IHDR", 20, 2, DL_EFORMAT, "interlacing 2"},
        {"png_2_8_0", "IHDR", 4, 'J', DL_EFORMAT, "it does not begin with a header"},
        {"png_3_8_0", "PLTE", 4, 'p', DL_EFORMAT, "it has no palette"},
        {"png_3_4_0", "IHDR", 16, 2, DL_EFORMAT, "its palette has 48 bytes for 2 bits"},
        {"png_3_4_0", "IHDR", 17, 0, DL_EFORMAT, "a palette (PLTE) stands where none may"},
        {"png_2_8_0", "IDAT", 8, 0, DL_EFORMAT, "its data is damaged"},
        {"png_2_8_0", "IDAT", 4, 'X', DL_EUNSUPPORTED, "a kind of chunk that is not known"},
        {"png_2_8_0", "IEND", 4, 'i', DL_EFORMAT, "it is cut off"},
        {"png_text", "tEXt", 4, 'T', DL_EUNSUPPORTED, "a kind of chunk that is not known"},
        {"png_text", "gAMA", 4, 'x', DL_OK, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes *b = load(ctx, cases[i].file);
        b->p[chunk(b, cases[i].chunk) + (size_t)cases[i].at] = (unsigned char)cases[i].value;
        seal(b);
        expect_outcome(ctx, b, cases[i].code, cases[i].says);
    }
}

static void chunks_out_of_place_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const char text[] = "\0\0\0\1tEXtx....";
    bytes *b = load(ctx, "png_2_8_0");
    size_t first = chunk(b, "IDAT");
    insert(b, first + 12 + dl__load_be32(b->p + first), text, 13);
    seal(b);
    refused(ctx, b, DL_EFORMAT, "its data (IDAT) is interrupted");
    b = load(ctx, "png_3_4_0");
    const size_t at = chunk(b, "PLTE"), n = 12 + dl__load_be32(b->p + at);
    unsigned char copy[128];
    memcpy(copy, b->p + at, n);
    insert(b, at, copy, n);
    refused(ctx, b, DL_EFORMAT, "it has two palettes");
    b = load(ctx, "png_3_4_0");
    insert(b, chunk(b, "IEND"), copy, n);
    refused(ctx, b, DL_EFORMAT, "it has two palettes");
    b = load(ctx, "png_2_8_0");
    memcpy(copy, b->p + 8, 25);
    insert(b, 33, copy, 25);
    refused(ctx, b, DL_EFORMAT, "it has two headers");
}

/* A colour that the palette has not, and a filter that there is not. */
static void wrong_pixels_of_png_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const unsigned char raw[2][2] = {{0, 9}, {5, 1}};
    for (int k = 0; k < 2; k++) {
        bytes b = {"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\x03\0\0\0...."
                   "\0\0\0\6PLTEabcdef....",
                   51};
        unsigned char data[64] = "....IDAT";
        uLongf n = 40;
        assert_int_equal(compress(data + 8, &n, raw[k], 2), Z_OK);
        dl__store_be32(data, (uint32_t)n);
        insert(&b, b.n, data, 12 + n);
        insert(&b, b.n, "\0\0\0\0IEND....", 12);
        seal(&b);
        refused(ctx, &b, DL_EFORMAT,
                k ? "row 0 has filter 5, 0 to 4 are possible"
                  : "a pixel has colour 9 of a palette of 2");
    }
}

/* ---- BMP ------------------------------------------------------------------------------------- */

static void wrong_fields_of_bmp_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        const char *file;
        int at;
        uint32_t value;
        dl_status code;
        const char *says;
    } cases[] = {
        {"bmp_24", 10, 53, DL_EFORMAT, "its pixels begin at byte 53, its header ends at 54"},
        {"bmp_24", 10, 0xffffffff, DL_EFORMAT, "its pixels end behind the file"},
        {"bmp_24", 10, 55, DL_EFORMAT, "its pixels end behind the file"},
        {"bmp_24", 14, 39, DL_EFORMAT, "its header has 39 bytes"},
        {"bmp_24", 14, 0x7fffffff, DL_EFORMAT, "its header has 2147483647 bytes"},
        {"bmp_24", 18, 0, DL_EFORMAT, "its size is 5 x 0"},
        {"bmp_24", 18, 0xffffffff, DL_EFORMAT, "its size is 5 x -1"},
        {"bmp_24", 22, 0x80000000, DL_ELIMIT, "its size is 2147483648 x 9"},
        {"bmp_24", 22, 6, DL_EFORMAT, "its pixels end behind the file"},
        {"bmp_24", 26, 24u << 16 | 2, DL_EFORMAT, "it has 2 planes"},
        {"bmp_24", 26, 23u << 16 | 1, DL_EFORMAT, "23 bits a pixel are not possible"},
        {"bmp_8", 30, 1, DL_EUNSUPPORTED, "it is packed in way 1"},
        {"bmp_24", 30, 3, DL_EFORMAT, "24 bits a pixel are not possible"},
        {"bmp_24", 30, 77, DL_EFORMAT, "it is packed in way 77"},
        {"bmp_4", 46, 17, DL_EFORMAT, "17 colours are too many for 4 bits"},
        {"bmp_4", 46, 2, DL_EFORMAT, "a palette of 2"},
        {"bmp_565", 54, 0, DL_EFORMAT, "mask 0 is 00000000"},
        {"bmp_565", 54, 0x10001, DL_EFORMAT, "mask 0 is 00010001"},
        {"bmp_565", 58, 0xf800, DL_EFORMAT, "masks 0 and 1 overlap"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes *b = load(ctx, cases[i].file);
        dl__store_le32(b->p + cases[i].at, cases[i].value);
        refused(ctx, b, cases[i].code, cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_file_cut_anywhere_is_refused),
        with_ctx(one_wrong_bit_does_no_harm),
        with_ctx(what_is_no_picture_is_named),
        with_ctx(huffman_tables_that_cannot_be_are_refused),
        with_ctx(wrong_fields_of_jpeg_are_refused),
        with_ctx(a_jpeg_of_very_many_scans_is_refused),
        with_ctx(components_of_a_sequential_jpeg_are_in_one_scan),
        with_ctx(wrong_fields_of_png_are_refused),
        with_ctx(chunks_out_of_place_are_refused),
        with_ctx(wrong_pixels_of_png_are_refused),
        with_ctx(wrong_fields_of_bmp_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
