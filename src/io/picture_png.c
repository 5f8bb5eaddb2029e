/* Reading PNG, ISO/IEC 15948: all depths, colours and Adam7. zlib unpacks; nothing but pixels and
 * palette is unpacked at all, so text and profiles that would swell are harmless. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "core/bytes.h"
#include "io/picture.h"

enum { GREY = 0, RGB = 2, INDEX = 3, GREY_ALPHA = 4, RGBA = 6 };
enum { PACKS = 1032, ZLIB = 64 << 10, PAD = 16, SIGNATURE = 8, CHUNK = 12, HEAD = 13 };

static int samples_of(int colour)
{
    return colour == RGB ? 3 : colour == RGBA ? 4 : colour == GREY_ALPHA ? 2 : 1;
}

/* Bytes of a row of w pixels. */
static size_t stride_of(const dl__picture *pic, int64_t w)
{
    return ((size_t)w * (size_t)(samples_of(pic->colour) * pic->depth) + 7) / 8;
}

static int known(uint32_t name, const char *word)
{
    return name == dl__load_be32((const uint8_t *)word);
}

/* Bytes of all rows with their filters. */
static uint64_t unpacked_size(const dl__picture *pic);

/* packed bytes can be all rows. */
static dl_status check_size(dl__picture *pic, uint64_t packed)
{
    if (unpacked_size(pic) / PACKS > packed)
        return DL__BAD(pic, "PNG: %llu bytes of data cannot hold %lld x %lld pixels",
                       (unsigned long long)packed, (long long)pic->h, (long long)pic->w);
    return DL_OK;
}

static dl_status open_head(dl__picture *pic, const uint8_t *p, int64_t max_pixels)
{
    const int depth = p[8], colour = p[9];
    const int deep = depth == 8 || depth == 16, thin = depth == 1 || depth == 2 || depth == 4;
    const int fits = colour == GREY ? deep || thin
                     : colour == INDEX
                         ? thin || depth == 8
                         : (colour == RGB || colour == GREY_ALPHA || colour == RGBA) && deep;
    if (!fits)
        return DL__BAD(pic, "PNG: %d bits of colour type %d are not possible", depth, colour);
    if (p[10] || p[11] || p[12] > 1)
        return DL__BAD(pic, "PNG: compression %d, filter %d, interlacing %d are not known", p[10],
                       p[11], p[12]);
    if (dl__load_be32(p) > INT32_MAX || dl__load_be32(p + 4) > INT32_MAX)
        return DL__BAD(pic, "PNG: its size does not fit into 31 bits");
    pic->depth = depth;
    pic->colour = colour;
    pic->interlaced = p[12];
    pic->channels = colour == GREY || colour == GREY_ALPHA ? 1 : 3;
    if (dl__picture_size(pic, dl__load_be32(p + 4), dl__load_be32(p), max_pixels) != DL_OK)
        return pic->e->status;
    /* Two rows of the file with what the filters see before them, one of pixels. */
    pic->room = ZLIB + 2 * (stride_of(pic, pic->w) + 1 + PAD) + 3 * (size_t)pic->w;
    return check_size(pic, pic->size);
}

static dl_status open_palette(dl__picture *pic, size_t at, uint32_t n)
{
    if (pic->palette)
        return DL__BAD(pic, "PNG: it has two palettes");
    if (pic->data || pic->colour == GREY || pic->colour == GREY_ALPHA)
        return DL__BAD(pic, "PNG: a palette (PLTE) stands where none may");
    if (n == 0 || n % 3 || n / 3 > 256 || (pic->colour == INDEX && n / 3 > 1u << pic->depth))
        return DL__BAD(pic, "PNG: its palette has %u bytes for %d bits", (unsigned)n, pic->depth);
    pic->palette = at;
    pic->n_palette = (int32_t)(n / 3);
    return DL_OK;
}

/* What all chunks are together. */
typedef struct chunks {
    uint64_t packed; /* bytes of all IDAT */
    int ended, after;
} chunks;

static dl_status open_chunk(dl__picture *pic, chunks *c, size_t at, uint32_t n, uint32_t name)
{
    if (known(name, "IDAT")) {
        if (c->after)
            return DL__BAD(pic, "PNG: its data (IDAT) is interrupted at byte %zu", at);
        if (pic->colour == INDEX && !pic->palette)
            return DL__BAD(pic, "PNG: it has no palette");
        if (!pic->data)
            pic->data = at;
        c->packed += n;
        return DL_OK;
    }
    c->after = pic->data != 0;
    if (known(name, "PLTE"))
        return open_palette(pic, at, n);
    if (known(name, "IHDR"))
        return DL__BAD(pic, "PNG: it has two headers");
    if (known(name, "IEND"))
        c->ended = 1;
    else if (!(name & 0x20000000))
        return dl__picture_fail(pic, DL_EUNSUPPORTED,
                                "PNG: it needs a kind of chunk that is not known, at byte %zu", at);
    return DL_OK;
}

dl_status dl__png_open(dl__picture *pic, int64_t max_pixels)
{
    chunks c = {0};
    size_t at = SIGNATURE;
    for (int first = 1; !c.ended; first = 0) {
        const uint8_t *p = pic->p + at;
        const size_t left = pic->n - at;
        if (left < CHUNK || dl__load_be32(p) > left - CHUNK)
            return DL__BAD(pic, "PNG: the chunk at byte %zu ends behind the file; it is cut off",
                           at);
        const uint32_t n = dl__load_be32(p), name = dl__load_be32(p + 4);
        if (crc32(0, p + 4, n + 4) != dl__load_be32(p + 8 + n))
            return DL__BAD(
                pic, "PNG: the checksum of the chunk at byte %zu is wrong; it is damaged", at);
        if (first && (!known(name, "IHDR") || n != HEAD))
            return DL__BAD(pic, "PNG: it does not begin with a header (IHDR)");
        if (first ? open_head(pic, p + 8, max_pixels) : open_chunk(pic, &c, at + 8, n, name))
            return pic->e->status;
        if (!pic->whole)
            return DL_OK;
        at += CHUNK + n;
    }
    if (!pic->data)
        return DL__BAD(pic, "PNG: it has no data (IDAT)");
    return check_size(pic, c.packed);
}

/* ---- unpacking ------------------------------------------------------------------------------- */

typedef struct reader {
    dl__picture *pic;
    z_stream z;
    const uint8_t *chunk; /* the IDAT in work, behind its name */
    uint8_t *zlib, *zlib_end;
} reader;

static voidpf take(voidpf user, uInt items, uInt size)
{
    reader *r = user;
    size_t bytes = ((size_t)items * size + PAD - 1) / PAD * PAD;
    uint8_t *p = r->zlib;
    if (bytes > (size_t)(r->zlib_end - p))
        return NULL;
    r->zlib += bytes;
    return p;
}

static void give(voidpf user, voidpf p)
{
    (void)user;
    (void)p;
}

/* More packed bytes, if there are any: the next IDAT follows at once. */
static void refill(reader *r)
{
    while (!r->z.avail_in) {
        const uint8_t *next = r->chunk + dl__load_be32(r->chunk - 8) + 4;
        if (!known(dl__load_be32(next + 4), "IDAT"))
            return;
        r->chunk = next + 8;
        r->z.next_in = (z_const Bytef *)(uintptr_t)r->chunk;
        r->z.avail_in = dl__load_be32(next);
    }
}

/* Exactly n bytes. */
static dl_status unpack(reader *r, uint8_t *to, size_t n)
{
    r->z.next_out = to;
    r->z.avail_out = (uInt)n;
    while (r->z.avail_out) {
        refill(r);
        const uInt before = r->z.avail_in;
        int result = inflate(&r->z, Z_NO_FLUSH);
        if (result == Z_STREAM_END && r->z.avail_out)
            return DL__BAD(r->pic, "PNG: its data ends too early");
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
            return DL__BAD(r->pic, "PNG: its data is damaged");
        if (r->z.avail_out && !r->z.avail_in && result == Z_BUF_ERROR && before == 0)
            return DL__BAD(r->pic, "PNG: its data ends too early");
    }
    return DL_OK;
}

/* Behind the last row the packed data ends, and its checksum is right. */
static dl_status finish(reader *r)
{
    uint8_t more;
    for (;;) {
        r->z.next_out = &more;
        r->z.avail_out = 1;
        refill(r);
        const uInt before = r->z.avail_in;
        int result = inflate(&r->z, Z_NO_FLUSH);
        if (r->z.avail_out == 0)
            return DL__BAD(r->pic, "PNG: it has more data than pixels");
        if (result == Z_STREAM_END)
            return DL_OK;
        if (result != Z_OK || before == 0)
            return DL__BAD(r->pic, "PNG: its data is damaged");
    }
}

/* Undoes the filter of a row; both have PAD zeros in front of them. */
static void unfilter(int filter, uint8_t *row, const uint8_t *up, size_t n, size_t step)
{
    const uint8_t *left = row - step, *corner = up - step;
    for (size_t i = 0; i < n; i++) {
        const int a = left[i], b = up[i], c = corner[i];
        int guess = filter == 1 ? a : filter == 2 ? b : (a + b) >> 1;
        if (filter == 4) {
            const int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
            guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        }
        row[i] = (uint8_t)(row[i] + guess);
    }
}

/* One row of the file as bytes of grey or three of colour; 16 bits keep their upper 8, alpha
 * goes. */
static dl_status expand(const reader *r, const uint8_t *row, int64_t n, uint8_t *to)
{
    dl__picture *pic = r->pic;
    const int depth = pic->depth, wide = depth == 16 ? 2 : 1, samples = samples_of(pic->colour);
    const int mask = depth < 8 ? (1 << depth) - 1 : 255;
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *p = row + i * samples * wide;
        int v = depth < 8 ? row[i * depth / 8] >> (8 - depth - i * depth % 8) & mask : *p;
        if (pic->colour == INDEX) {
            if (v >= pic->n_palette)
                return DL__BAD(pic, "PNG: a pixel has colour %d of a palette of %d", v,
                               (int)pic->n_palette);
            memcpy(to + 3 * i, pic->p + pic->palette + 3 * v, 3);
        } else if (pic->channels == 1) {
            to[i] = (uint8_t)(depth < 8 ? v * 255 / mask : v);
        } else {
            for (int k = 0; k < 3; k++)
                to[3 * i + k] = p[k * wide];
        }
    }
    return DL_OK;
}

/* Every `dy`-th row from y0 on, of every dx-th pixel from x0 on. */
typedef struct pass {
    int x0, y0, dx, dy;
} pass;
static const pass whole = {0, 0, 1, 1};
static const pass adam7[7] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                              {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

static int64_t places(int64_t n, int first, int step)
{
    return n > first ? (n - first + step - 1) / step : 0;
}

static uint64_t unpacked_size(const dl__picture *pic)
{
    uint64_t all = 0;
    for (int k = 0; k < (pic->interlaced ? 7 : 1); k++) {
        const pass s = pic->interlaced ? adam7[k] : whole;
        const int64_t w = places(pic->w, s.x0, s.dx), h = places(pic->h, s.y0, s.dy);
        all += w ? (uint64_t)h * (stride_of(pic, w) + 1) : 0;
    }
    return all;
}

static dl_status decode_pass(reader *r, const dl__canvas *to, pass s, uint8_t *row, uint8_t *up,
                             uint8_t *pixels)
{
    dl__picture *pic = r->pic;
    const int64_t w = places(pic->w, s.x0, s.dx), h = places(pic->h, s.y0, s.dy);
    const size_t n = stride_of(pic, w);
    const size_t bits = (size_t)(samples_of(pic->colour) * pic->depth), step = (bits + 7) / 8;
    memset(up, 0, n);
    for (int64_t y = 0; y < h && w > 0; y++) {
        uint8_t filter;
        if (unpack(r, &filter, 1) != DL_OK || unpack(r, row, n) != DL_OK)
            return pic->e->status;
        if (filter > 4)
            return DL__BAD(pic, "PNG: row %lld has filter %d, 0 to 4 are possible", (long long)y,
                           filter);
        if (filter)
            unfilter(filter, row, up, n, step);
        if (expand(r, row, w, pixels) != DL_OK)
            return pic->e->status;
        dl__canvas_row(to, s.y0 + y * s.dy, s.x0, s.dx, w, pixels, pic->channels);
        uint8_t *swap = row;
        row = up;
        up = swap;
    }
    return DL_OK;
}

dl_status dl__png_decode(dl__picture *pic, const dl__canvas *to, void *room)
{
    const size_t line = stride_of(pic, pic->w) + 1 + PAD;
    reader r = {.pic = pic, .zlib = room, .zlib_end = (uint8_t *)room + ZLIB};
    uint8_t *row = r.zlib_end + PAD, *up = row + line, *pixels = up + line - PAD;
    dl_status status = DL_OK;
    memset(r.zlib_end, 0, 2 * line);
    r.chunk = pic->p + pic->data;
    r.z = (z_stream){.zalloc = take,
                     .zfree = give,
                     .opaque = &r,
                     .next_in = (z_const Bytef *)(uintptr_t)r.chunk,
                     .avail_in = dl__load_be32(r.chunk - 8)};
    if (inflateInit(&r.z) != Z_OK)
        return dl__picture_fail(pic, DL_ENOMEM, "PNG: no memory to unpack");
    for (int k = 0; k < (pic->interlaced ? 7 : 1) && status == DL_OK; k++)
        status = decode_pass(&r, to, pic->interlaced ? adam7[k] : whole, row, up, pixels);
    if (status == DL_OK)
        status = finish(&r);
    inflateEnd(&r.z);
    return status;
}
