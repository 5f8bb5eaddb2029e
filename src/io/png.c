/* PNG, ISO/IEC 15948: one IDAT, 8 bits, no interlacing; for each row the filter whose differences
 * are smallest in sum, which the standard advises (12.8). */
#include "io/png.h"
#include <string.h>
#include <zlib.h>
#include "core/bytes.h"
#include "core/check.h"
#include "core/ctx.h"
#include "io/source.h"

enum { MOST = 1 << 30, PAD = 4, CHUNK = 12, HEAD = 13, FILTERS = 5, LEVEL = 6 };

static inline int predicted(int filter, int left, int up, int corner)
{
    if (filter == 0)
        return 0;
    if (filter == 1)
        return left;
    if (filter == 2)
        return up;
    if (filter == 3)
        return (left + up) >> 1;
    int by_left = up - corner, by_up = left - corner, by_both = by_left + by_up; /* Paeth */
    by_left = by_left < 0 ? -by_left : by_left;
    by_up = by_up < 0 ? -by_up : by_up;
    by_both = by_both < 0 ? -by_both : by_both;
    return by_left <= by_up && by_left <= by_both ? left : by_up <= by_both ? up : corner;
}

/* row and up have `step` zeros in front of them. The sum of the differences as signed bytes, which
 * go to out unless it is NULL. */
static inline uint64_t filtered(int filter, const uint8_t *row, const uint8_t *up, size_t n,
                                size_t step, uint8_t *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *a = row + i - step, *c = up + i - step;
        int d = (uint8_t)(row[i] - predicted(filter, *a, up[i], *c));
        sum += (uint64_t)(d < 128 ? d : 256 - d);
        if (out)
            out[i] = (uint8_t)d;
    }
    return sum;
}

static void best_filter(const uint8_t *row, const uint8_t *up, size_t n, size_t step, uint8_t *out)
{
    uint64_t least = UINT64_MAX;
    for (int f = 0; f < FILTERS; f++) {
        uint64_t sum = filtered(f, row, up, n, step, NULL);
        if (sum < least) {
            least = sum;
            out[0] = (uint8_t)f;
        }
    }
    filtered(out[0], row, up, n, step, out + 1);
}

/* The packed rows behind *to, which has room for them. */
static dl_status pack(dl_ctx *ctx, z_stream *z, const uint8_t *pixels, int64_t h, size_t stride,
                      size_t step)
{
    const size_t line = PAD + stride;
    uint8_t *work = dl__calloc(ctx, 2 * line + 1 + stride);
    if (!work)
        return ctx->status;
    uint8_t *row = work + PAD, *up = row + line, *out = up + stride;
    for (int64_t y = 0; y < h; y++) {
        memcpy(row, pixels + (size_t)y * stride, stride);
        best_filter(row, up, stride, step, out);
        z->next_in = out;
        z->avail_in = (uInt)(stride + 1);
        deflate(z, y + 1 == h ? Z_FINISH : Z_NO_FLUSH); /* there is room for all of it */
        uint8_t *swap = row;
        row = up;
        up = swap;
    }
    dl__free(work);
    return DL_OK;
}

/* Length, name and checksum around the n bytes that stand behind where they go. */
static uint8_t *chunk(uint8_t *p, const char *name, size_t n)
{
    dl__store_be32(p, (uint32_t)n);
    memcpy(p + 4, name, 4);
    dl__store_be32(p + 8 + n, (uint32_t)crc32(0, p + 4, (uInt)(n + 4)));
    return p + CHUNK + n;
}

static uint8_t *head(uint8_t *p, int64_t h, int64_t w, int32_t channels)
{
    static const uint8_t colour[] = {0, 4, 2, 6};
    memcpy(p, "\x89PNG\r\n\x1a\n", 8);
    p += 8;
    memset(p + 8, 0, HEAD);
    dl__store_be32(p + 8, (uint32_t)w);
    dl__store_be32(p + 12, (uint32_t)h);
    p[16] = 8;
    p[17] = colour[channels - 1];
    return chunk(p, "IHDR", HEAD);
}

dl_status dl__png_encode(dl_ctx *ctx, const uint8_t *pixels, int64_t h, int64_t w, int32_t channels,
                         void **data, size_t *n)
{
    z_stream z = {0};
    int64_t stride, bytes;
    *data = NULL;
    *n = 0;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (h < 1 || w < 1)
        return dl_fail(ctx, DL_ESHAPE, "png: a picture of %lld x %lld has no pixels", (long long)h,
                       (long long)w);
    if (!dl__mul_i64(w, channels, &stride) || !dl__mul_i64(stride + 1, h, &bytes) || bytes > MOST)
        return dl_fail(ctx, DL_ELIMIT, "png: a picture of %lld x %lld has more than %d bytes",
                       (long long)h, (long long)w, (int)MOST);
    dl__zlib_memory(&z, ctx);
    if (deflateInit(&z, LEVEL) != Z_OK)
        return dl_fail(ctx, DL_ENOMEM, "png: no memory to pack");
    const size_t room = deflateBound(&z, (uLong)bytes);
    uint8_t *file = dl__alloc(ctx, 8 + 3 * CHUNK + HEAD + room);
    if (file) {
        uint8_t *p = head(file, h, w, channels);
        z.next_out = p + 8;
        z.avail_out = (uInt)room;
        if (pack(ctx, &z, pixels, h, (size_t)stride, (size_t)channels) == DL_OK) {
            p = chunk(p, "IDAT", room - z.avail_out);
            p = chunk(p, "IEND", 0);
            *data = file;
            *n = (size_t)(p - file);
        } else {
            dl__free(file);
        }
    }
    deflateEnd(&z);
    return ctx->status;
}
