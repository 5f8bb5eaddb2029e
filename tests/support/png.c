/* A reader of PNG files, apart from the library's. */
#include "support/png.h"
#include "support/support.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "core/bytes.h"

/* What stands in the IDAT chunks of the file, one after the other; every checksum is right. */
static unsigned char *packed_of(const unsigned char *file, size_t n, size_t *packed)
{
    unsigned char *all = malloc(n);
    size_t at = 8;
    *packed = 0;
    for (;;) {
        assert_true(n - at >= 12);
        size_t length = dl__load_be32(file + at);
        assert_true(length <= n - at - 12);
        assert_int_equal(dl__load_be32(file + at + 8 + length),
                         crc32(0, file + at + 4, (uInt)length + 4));
        if (!memcmp(file + at + 4, "IDAT", 4)) {
            memcpy(all + *packed, file + at + 8, length);
            *packed += length;
        }
        int last = !memcmp(file + at + 4, "IEND", 4);
        at += 12 + length;
        if (last)
            break;
    }
    assert_int_equal(at, n);
    return all;
}

/* One row in place, after the row above it (NULL: none). */
static void undo_filter(int filter, unsigned char *row, const unsigned char *up, size_t stride,
                        size_t c)
{
    assert_in_range(filter, 0, 4);
    for (size_t i = 0; i < stride; i++) {
        int a = i >= c ? row[i - c] : 0, b = up ? up[i] : 0, k = up && i >= c ? up[i - c] : 0;
        int p = a + b - k, pa = abs(p - a), pb = abs(p - b), pk = abs(p - k);
        int guess[] = {0, a, b, (a + b) / 2, pa <= pb && pa <= pk ? a : pb <= pk ? b : k};
        row[i] = (unsigned char)(row[i] + guess[filter]);
    }
}

unsigned char *png_read(const unsigned char *file, size_t n, int *h, int *w, int *c)
{
    static const int channels[] = {1, 0, 3, 0, 2, 0, 4};
    assert_true(n > 33);
    assert_memory_equal(file, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
    assert_memory_equal(file + 26, "\0\0\0", 3);
    assert_int_equal(file[24], 8);
    assert_in_range(file[25], 0, 6);
    *w = (int)dl__load_be32(file + 16);
    *h = (int)dl__load_be32(file + 20);
    *c = channels[file[25]];
    assert_true(*c > 0);
    size_t packed, stride = (size_t)*w * (size_t)*c;
    unsigned char *all = packed_of(file, n, &packed);
    uLongf got = (uLongf)((stride + 1) * (size_t)*h);
    unsigned char *raw = malloc(got), *out = malloc(stride * (size_t)*h);
    assert_int_equal(uncompress(raw, &got, all, packed), Z_OK);
    assert_int_equal(got, (stride + 1) * (size_t)*h);
    for (size_t y = 0; y < (size_t)*h; y++) {
        unsigned char *to = out + y * stride;
        memcpy(to, raw + y * (stride + 1) + 1, stride);
        undo_filter(raw[y * (stride + 1)], to, y ? to - stride : NULL, stride, (size_t)*c);
    }
    free(all);
    free(raw);
    return out;
}

unsigned char *png_unpack(const unsigned char *file, size_t n, int h, int w, int c)
{
    int size[3];
    unsigned char *out = png_read(file, n, &size[0], &size[1], &size[2]);
    assert_int_equal(size[0], h);
    assert_int_equal(size[1], w);
    assert_int_equal(size[2], c);
    return out;
}

unsigned char *png_in_svg(const char *text, int k, int h, int w, int c)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = text - 1;
    for (int i = 0; i <= k; i++) {
        p = strstr(p + 1, "data:image/png;base64,");
        assert_non_null(p);
    }
    p = strchr(p, ',') + 1;
    size_t length = strcspn(p, "\""), n = 0;
    assert_int_equal(length % 4, 0);
    unsigned char *file = malloc(length), *out;
    for (const char *end = p + length; p < end; p += 4) {
        unsigned v = 0;
        int pad = (p[2] == '=') + (p[3] == '=');
        for (int i = 0; i < 4; i++)
            v = v << 6 | (p[i] == '=' ? 0u : (unsigned)(strchr(digit, p[i]) - digit));
        for (int i = 0; i < 3 - pad; i++)
            file[n++] = (unsigned char)(v >> (16 - 8 * i));
    }
    out = png_unpack(file, n, h, w, c);
    free(file);
    return out;
}
