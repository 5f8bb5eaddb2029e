#include "io/idx.h"
#include <string.h>
#include "dl/tensor.h"
#include "core/bytes.h"
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/sniff.h"

static const struct {
    int32_t code, size;
    dl_dtype as;
} types[] = {{0x08, 1, DL_U8},  {0x09, 1, DL_I32}, {0x0b, 2, DL_I32},
             {0x0c, 4, DL_I32}, {0x0d, 4, DL_F32}, {0x0e, 8, DL_F64}};

/* Exactly n bytes, or the error that the file ends. */
static dl_status need(dl__source *s, void *dst, size_t n, const char *what)
{
    char shown[DL__SHOWN];
    size_t got;
    int64_t at = s->given;
    if (dl__source_read(s, dst, n, &got))
        return s->ctx->status;
    if (got == n)
        return DL_OK;
    return dl_fail(s->ctx, DL_EFORMAT, "%s: ends after %lld bytes, %s needs %lld; it is cut off",
                   dl__printable(shown, sizeof shown, s->path), (long long)s->given, what,
                   (long long)at + (long long)n);
}

/* The four bytes that say what follows. */
static dl_status check_magic(dl__source *s, dl__idx *x)
{
    uint8_t head[DL__SNIFF];
    char shown[DL__SHOWN];
    dl__printable(shown, sizeof shown, s->path);
    if (s->size == 0)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: has 0 bytes", shown);
    if (need(s, head, 4, "an IDX header"))
        return s->ctx->status;
    if (head[0] || head[1]) {
        size_t more = 0;
        if (dl__source_read(s, head + 4, sizeof head - 4, &more))
            return s->ctx->status;
        const char *known = dl__sniff(head, 4 + more);
        return dl_fail(s->ctx, DL_EFORMAT,
                       "%s: begins with bytes %02x %02x, not 00 00 as IDX does%s%s", shown, head[0],
                       head[1], known ? "; it is " : "", known ? known : "");
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].code == head[2]) {
            x->code = head[2];
            x->size = types[i].size;
            x->as = types[i].as;
        }
    }
    if (!x->code)
        return dl_fail(s->ctx, DL_EFORMAT,
                       "%s: element type is %02x, 08, 09, 0b, 0c, 0d or 0e is wanted", shown,
                       head[2]);
    x->ndim = head[3];
    if (x->ndim == 0)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: has no dimensions", shown);
    if (x->ndim > DL_MAX_DIMS)
        return dl_fail(s->ctx, DL_EUNSUPPORTED, "%s: has %d dimensions, at most %d work", shown,
                       x->ndim, (int)DL_MAX_DIMS);
    return DL_OK;
}

dl_status dl__idx_begin(dl__source *s, dl__idx *x)
{
    uint8_t raw[4 * DL_MAX_DIMS];
    char shown[DL__SHOWN];
    int64_t bytes, wide;
    memset(x, 0, sizeof *x);
    if (check_magic(s, x) || need(s, raw, 4 * (size_t)x->ndim, "its header"))
        return s->ctx->status;
    for (int32_t i = 0; i < x->ndim; i++)
        x->dims[i] = dl__load_be32(raw + 4 * i);
    dl__printable(shown, sizeof shown, s->path);
    if (!dl__count(x->dims, x->ndim, &x->count) || !dl__mul_i64(x->count, x->size, &bytes) ||
        !dl__mul_i64(x->count, (int64_t)dl_dtype_size(x->as), &wide) || (uint64_t)wide > SIZE_MAX)
        return dl_fail(s->ctx, DL_EFORMAT,
                       "%s: its header states more elements than can be counted", shown);
    int64_t left = dl__source_most(s) - s->given;
    if (bytes > left)
        return dl_fail(
            s->ctx, DL_EFORMAT,
            "%s: its header states %lld bytes of data, at most %lld can follow; it is cut "
            "off or damaged",
            shown, (long long)bytes, (long long)(left > 0 ? left : 0));
    if (!s->packed && bytes < left)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: its header states %lld bytes of data, %lld follow",
                       shown, (long long)bytes, (long long)left);
    return DL_OK;
}

/* Big-endian elements at the end of the room become the host's, from its start on; each is at
 * least as wide as it was, so none covers what is still to be read. */
static void convert(const dl__idx *x, void *dst)
{
    size_t out = dl_dtype_size(x->as);
    uint8_t *to = dst;
    const uint8_t *from = to + (size_t)x->count * (out - (size_t)x->size);
    if (out == 1)
        return;
    for (int64_t i = 0; i < x->count; i++, from += x->size, to += out) {
        uint32_t word;
        uint64_t both;
        if (x->size == 8) {
            both = dl__load_be64(from);
            memcpy(to, &both, 8);
            continue;
        }
        if (x->size == 4)
            word = dl__load_be32(from);
        else if (x->size == 2)
            word = (uint32_t)(int32_t)(int16_t)dl__load_be16(from);
        else
            word = (uint32_t)(int32_t)(int8_t)*from;
        memcpy(to, &word, 4);
    }
}

dl_status dl__idx_fill(dl__source *s, const dl__idx *x, void *dst)
{
    size_t n = (size_t)x->count * (size_t)x->size, room = (size_t)x->count * dl_dtype_size(x->as);
    char shown[DL__SHOWN];
    uint8_t more;
    size_t got;
    if (need(s, (uint8_t *)dst + (room - n), n, "its data"))
        return s->ctx->status;
    /* One byte more must not come; asking for it also checks what gzip keeps at the end. */
    if (dl__source_read(s, &more, 1, &got))
        return s->ctx->status;
    if (got)
        return dl_fail(s->ctx, DL_EFORMAT,
                       "%s: has more than the %zu bytes of data its header states",
                       dl__printable(shown, sizeof shown, s->path), n);
    convert(x, dst);
    return DL_OK;
}

static const char *kind(int32_t ndim)
{
    return ndim == 1 ? " (a label file)" : ndim == 3 ? " (an image file)" : "";
}

static dl_tensor *read_file(const dl__file *file, int32_t ndim)
{
    dl_ctx *ctx = file->ctx;
    char shown[DL__SHOWN];
    dl__source s;
    dl__idx x;
    dl_tensor *t = NULL;
    if (dl__source_file(&s, file))
        return NULL;
    if (dl__idx_begin(&s, &x))
        goto out;
    if (ndim && x.ndim != ndim) {
        dl_fail(ctx, DL_EFORMAT, "%s: has %d dimension%s%s, %d%s wanted%s",
                dl__printable(shown, sizeof shown, file->path), x.ndim, x.ndim == 1 ? "" : "s",
                kind(x.ndim), ndim, ndim == 1 ? " is" : " are", kind(ndim));
        goto out;
    }
    t = dl_tensor_zeros(ctx, x.as, x.dims, x.ndim);
    if (!t || dl_tensor_meta(t))
        goto out;
    void *dst = dl_tensor_edit(t);
    if (!dst || dl__idx_fill(&s, &x, dst)) {
        dl_tensor_drop(t);
        t = NULL;
    }
out:
    dl__source_close(&s);
    return t;
}

/* The first spelling of path that exists. */
static char *spelled(dl_ctx *ctx, const char *path)
{
    for (int k = 0; k < DL__IDX_SPELLINGS; k++) {
        int none;
        char *s = dl__idx_spelling(ctx, "", path, k, &none);
        if (none)
            continue;
        if (!s || dl__file_exists(s))
            return s;
        dl__free(s);
    }
    dl__idx_nothing(ctx, "idx", NULL, 0, path);
    return NULL;
}

dl_tensor *dl__idx_read(dl_ctx *ctx, const char *path, int32_t ndim)
{
    dl__file file;
    dl_tensor *t = NULL;
    if (!dl__ok(ctx))
        return NULL;
    if (!path || !path[0]) {
        dl_fail(ctx, DL_EINVAL, "idx: the path is %s", path ? "empty" : "NULL");
        return NULL;
    }
    char *there = spelled(ctx, path);
    if (there && dl__file_open(&file, ctx, there) == DL_OK) {
        t = read_file(&file, ndim);
        dl__file_close(&file);
    }
    dl__free(there);
    return t;
}

dl_tensor *dl_idx_read(dl_ctx *ctx, const char *path)
{
    return dl__idx_read(ctx, path, 0);
}
