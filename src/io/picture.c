#include "io/picture.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/utf8.h"
#include "io/sniff.h"

enum { TEXT = 256 };

dl_status dl__picture_fail(dl__picture *pic, dl_status code, const char *fmt, ...)
{
    char text[TEXT], shown[DL__SHOWN];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return dl__error_set(pic->e, code, "%s: %s",
                         dl__printable(shown, sizeof shown - 100, pic->name), text);
}

dl_status dl__picture_size(dl__picture *pic, int64_t h, int64_t w, int64_t max_pixels)
{
    int64_t pixels;
    if (h < 1 || w < 1)
        return DL__BAD(pic, "its size is %lld x %lld, it has no pixels", (long long)h,
                       (long long)w);
    if (!dl__mul_i64(h, w, &pixels) || pixels > max_pixels)
        return dl__picture_fail(pic, DL_ELIMIT, "its size is %lld x %lld, at most %lld pixels work",
                                (long long)h, (long long)w, (long long)max_pixels);
    pic->h = h;
    pic->w = w;
    return DL_OK;
}

dl_status dl__picture_open(dl__picture *pic, const void *p, size_t n, size_t front_of,
                           const char *name, int64_t max_pixels, dl__error *e)
{
    *pic = (dl__picture){
        .p = p, .n = n, .size = front_of ? front_of : n, .name = name, .e = e, .whole = !front_of};
    if (n == 0)
        return DL__BAD(pic, "has 0 bytes");
    if (pic->size > INT32_MAX)
        return dl__picture_fail(pic, DL_ELIMIT, "has %zu bytes, fewer than 2^31 work", pic->size);
    if (n >= 2 && memcmp(p, "\xff\xd8", 2) == 0) {
        pic->format = DL__JPEG;
        return dl__jpeg_open(pic, max_pixels);
    }
    if (n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0) {
        pic->format = DL__PNG;
        return dl__png_open(pic, max_pixels);
    }
    if (n >= 2 && memcmp(p, "BM", 2) == 0) {
        pic->format = DL__BMP;
        return dl__bmp_open(pic, max_pixels);
    }
    const char *known = dl__sniff(p, n < DL__SNIFF ? n : DL__SNIFF);
    if (n >= 4 && (memcmp(p, "GIF8", 4) == 0 || memcmp(p, "RIFF", 4) == 0))
        return dl__picture_fail(pic, DL_EUNSUPPORTED, "is a %s file, JPEG, PNG and BMP are read",
                                *(const char *)p == 'G' ? "GIF" : "WebP (or another RIFF)");
    return DL__BAD(pic, "is neither JPEG, PNG nor BMP%s%s", known ? "; it is " : "",
                   known ? known : "");
}

dl_status dl__picture_decode(dl__picture *pic, int32_t channels, uint8_t *out, void *room)
{
    const dl__canvas to = {.out = out, .h = pic->h, .w = pic->w, .channels = channels};
    return pic->format == DL__JPEG  ? dl__jpeg_decode(pic, &to, room)
           : pic->format == DL__PNG ? dl__png_decode(pic, &to, room)
                                    : dl__bmp_decode(pic, &to, room);
}

void dl__canvas_row(const dl__canvas *c, int64_t y, int64_t x, int64_t step, int64_t n,
                    const uint8_t *row, int32_t from)
{
    const int64_t plane = c->h * c->w;
    uint8_t *to = c->out + y * c->w + x;
    if (from == 1) {
        for (int32_t k = 0; k < c->channels; k++)
            for (int64_t i = 0; i < n; i++)
                to[k * plane + i * step] = row[i];
    } else if (c->channels == 3) {
        for (int64_t i = 0; i < n; i++) {
            to[i * step] = row[3 * i];
            to[plane + i * step] = row[3 * i + 1];
            to[2 * plane + i * step] = row[3 * i + 2];
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            const uint32_t r = row[3 * i], g = row[3 * i + 1], b = row[3 * i + 2];
            to[i * step] = (uint8_t)((r * 19595 + g * 38470 + b * 7471 + 32768) >> 16);
        }
    }
}
