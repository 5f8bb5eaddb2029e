#include "io/source.h"
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"

enum { BLOCK = 1 << 16, RATIO = 1032 };

static voidpf take(voidpf ctx, uInt items, uInt size)
{
    size_t bytes;
    return dl__mul_size(items, size, &bytes) ? dl__alloc(ctx, bytes) : NULL;
}

static void give(voidpf ctx, voidpf p)
{
    (void)ctx;
    dl__free(p);
}

void dl__zlib_memory(z_stream *z, dl_ctx *ctx)
{
    z->zalloc = take;
    z->zfree = give;
    z->opaque = ctx;
}

static dl_status damaged(const dl__source *s, const char *what)
{
    char shown[DL__SHOWN];
    return dl_fail(s->ctx, DL_EFORMAT, "%s: its gzip data %s",
                   dl__printable(shown, sizeof shown, s->path), what);
}

/* n packed bytes from where s stands. */
static dl_status raw(dl__source *s, void *dst, size_t n)
{
    dl_status status = DL_OK;
    if (s->file)
        status = dl__file_read_at(s->file, s->at, dst, n);
    else if (n)
        memcpy(dst, s->p + s->at, n);
    if (!status)
        s->at += (int64_t)n;
    return status;
}

static dl_status begin(dl__source *s)
{
    uint8_t magic[2] = {0};
    if (s->size >= 2 && raw(s, magic, 2))
        return s->ctx->status;
    s->at = 0;
    if (magic[0] != 0x1f || magic[1] != 0x8b)
        return DL_OK;
    if (s->file && !(s->block = dl__alloc(s->ctx, BLOCK)))
        return s->ctx->status;
    dl__zlib_memory(&s->z, s->ctx);
    if (inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK) {
        dl__free(s->block);
        s->block = NULL;
        return dl_fail(s->ctx, DL_ENOMEM, "gzip: no memory to unpack");
    }
    s->packed = 1;
    return DL_OK;
}

dl_status dl__source_memory(dl__source *s, dl_ctx *ctx, const char *path, const void *p, size_t n)
{
    memset(s, 0, sizeof *s);
    s->ctx = ctx;
    s->path = path;
    s->p = p;
    s->size = (int64_t)n;
    return begin(s);
}

dl_status dl__source_file(dl__source *s, const dl__file *file)
{
    memset(s, 0, sizeof *s);
    s->ctx = file->ctx;
    s->path = file->path;
    s->file = file;
    s->size = file->size;
    return begin(s);
}

void dl__source_close(dl__source *s)
{
    if (s->packed)
        inflateEnd(&s->z);
    dl__free(s->block);
    s->block = NULL;
    s->packed = 0;
}

int64_t dl__source_most(const dl__source *s)
{
    int64_t most = s->size;
    if (s->packed && !dl__mul_i64(s->size, RATIO, &most))
        most = INT64_MAX;
    return most;
}

/* More packed bytes for zlib, if there are any. */
static dl_status refill(dl__source *s)
{
    int64_t left = s->size - s->at;
    size_t n = left < BLOCK ? (size_t)left : BLOCK;
    if (s->z.avail_in || !n)
        return DL_OK;
    s->z.next_in = s->file ? s->block : (z_const Bytef *)(uintptr_t)(s->p + s->at);
    if (s->file && raw(s, s->block, n))
        return s->ctx->status;
    if (!s->file)
        s->at += (int64_t)n;
    s->z.avail_in = (uInt)n;
    return DL_OK;
}

/* Behind one packed piece: the end, another piece, or the zeros that tapes are filled with. */
static dl_status next_piece(dl__source *s)
{
    for (;;) {
        if (refill(s))
            return s->ctx->status;
        if (!s->z.avail_in) {
            s->ended = 1;
            return DL_OK;
        }
        if (*s->z.next_in == 0x1f && !s->ended)
            return inflateReset(&s->z) == Z_OK ? DL_OK : damaged(s, "cannot be unpacked");
        if (*s->z.next_in != 0)
            return damaged(s, "is followed by something else");
        s->ended = 1; /* after a zero only zeros */
        s->z.next_in++;
        s->z.avail_in--;
    }
}

static dl_status unpack(dl__source *s, uint8_t *dst, size_t n, size_t *got)
{
    *got = 0;
    while (*got < n && !s->ended) {
        size_t room = n - *got < (1u << 30) ? n - *got : 1u << 30;
        if (refill(s))
            return s->ctx->status;
        s->z.next_out = dst + *got;
        s->z.avail_out = (uInt)room;
        uInt before = s->z.avail_in;
        int result = inflate(&s->z, Z_NO_FLUSH);
        size_t made = room - s->z.avail_out;
        *got += made;
        if (result == Z_STREAM_END) {
            if (next_piece(s))
                return s->ctx->status;
        } else if (result == Z_MEM_ERROR) {
            return dl_fail(s->ctx, DL_ENOMEM, "gzip: no memory to unpack");
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return damaged(s, "is damaged");
        } else if (!made && before == s->z.avail_in) {
            return damaged(s, "ends too early; the file is cut off");
        }
    }
    return DL_OK;
}

dl_status dl__source_read(dl__source *s, void *dst, size_t n, size_t *got)
{
    dl_status status;
    *got = 0;
    if (s->packed) {
        status = unpack(s, dst, n, got);
    } else {
        int64_t left = s->size - s->at;
        *got = (uint64_t)n < (uint64_t)left ? n : (size_t)left;
        status = raw(s, dst, *got);
    }
    s->given += (int64_t)*got;
    return status;
}
