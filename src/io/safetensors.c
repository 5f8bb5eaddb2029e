/* Open safetensors files. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include "dl/tensor.h"
#include "io/safetensors.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/sniff.h"

static void destroy(dl__object *o, dl__dead *dead)
{
    dl_safetensors *s = (dl_safetensors *)o;
    (void)dead;
    dl__st_free(&s->header);
    dl__file_close(&s->file);
}

static dl_status read_header(dl_safetensors *s)
{
    dl_ctx *ctx = s->object.ctx;
    uint8_t first[DL__SNIFF], *p = NULL;
    size_t n = s->file.size < DL__SNIFF ? (size_t)s->file.size : DL__SNIFF, length;
    dl_status status = dl__file_read_at(&s->file, 0, first, n);
    if (!status)
        status = dl__st_length(ctx, s->file.path, first, n, s->file.size, &length);
    if (!status && !(p = dl__alloc(ctx, 8 + length)))
        status = ctx->status;
    if (!status)
        status = dl__file_read_at(&s->file, 0, p, 8 + length);
    if (!status)
        status = dl__st_parse(&s->header, ctx, s->file.path, p, 8 + length, s->file.size);
    dl__free(p);
    return status;
}

static dl_status check_opts(dl_ctx *ctx, const dl_safetensors_opts *o)
{
    if (o->verify < DL_OFF || o->verify > 1)
        return dl_fail(ctx, DL_EINVAL, "safetensors: verify is %d, DL_OFF, 0 or 1 is wanted",
                       (int)o->verify);
    if (o->reserved0)
        return dl_fail(ctx, DL_EINVAL, "safetensors: a reserved option is set");
    return DL__RESERVED(ctx, "safetensors", o);
}

dl_safetensors *dl_safetensors_open(dl_ctx *ctx, const char *path, const dl_safetensors_opts *opts)
{
    int32_t verify = opts ? opts->verify : 0;
    if (!dl__ok(ctx) || (opts && check_opts(ctx, opts) != DL_OK))
        return NULL;
    dl_safetensors *s = dl__object_new(ctx, sizeof *s, destroy);
    if (!s)
        return NULL;
    s->verify = verify != DL_OFF;
    s->file.fd = -1;
    if (dl__file_open(&s->file, ctx, path) || read_header(s) ||
        (verify == 1 && dl_safetensors_verify(s))) {
        dl__object_drop(s);
        return NULL;
    }
    return s;
}

dl_safetensors *dl_safetensors_keep(dl_safetensors *s)
{
    return dl__object_keep(s);
}

void dl_safetensors_drop(dl_safetensors *s)
{
    dl__object_drop(s);
}

/* ---- looking --------------------------------------------------------------------------------- */

static const dl__st_entry *entry(const dl_safetensors *s, int32_t i)
{
    return s && i >= 0 && i < s->header.n_entry ? &s->header.entry[i] : NULL;
}

int32_t dl_safetensors_count(const dl_safetensors *s)
{
    return s ? s->header.n_entry : 0;
}

const char *dl_safetensors_name(const dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    return e ? e->name : NULL;
}

int32_t dl_safetensors_find(const dl_safetensors *s, const char *name)
{
    return s && name ? dl__st_find(&s->header, name) : -1;
}

const char *dl_safetensors_stored(const dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    return e ? dl__st_type_at(e->type)->name : NULL;
}

dl_dtype dl_safetensors_dtype(const dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    return e ? dl__st_type_at(e->type)->as : DL_EINVAL;
}

int32_t dl_safetensors_ndim(const dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    return e ? e->ndim : -1;
}

int64_t dl_safetensors_dim(const dl_safetensors *s, int32_t i, int32_t axis)
{
    const dl__st_entry *e = entry(s, i);
    if (!e || axis < -e->ndim || axis >= e->ndim)
        return -1;
    return e->dims[axis < 0 ? axis + e->ndim : axis];
}

int64_t dl_safetensors_bytes(const dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    return e ? e->end - e->begin : -1;
}

const char *dl_safetensors_meta(const dl_safetensors *s, const char *key)
{
    int32_t low = 0, high = s && key ? s->header.n_meta : 0;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = strcmp(s->header.meta[middle].key, key);
        if (order == 0)
            return s->header.meta[middle].value;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int32_t dl_safetensors_meta_count(const dl_safetensors *s)
{
    return s ? s->header.n_meta : 0;
}

const char *dl_safetensors_meta_key(const dl_safetensors *s, int32_t i)
{
    return i >= 0 && i < dl_safetensors_meta_count(s) ? s->header.meta[i].key : NULL;
}

const char *dl_safetensors_meta_value(const dl_safetensors *s, int32_t i)
{
    return i >= 0 && i < dl_safetensors_meta_count(s) ? s->header.meta[i].value : NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dl_status fail_at(const dl_safetensors *s, const dl__st_entry *e, dl_status code,
                         const char *what)
{
    char shown[DL__SHOWN], tensor[DL__SHOWN];
    return dl_fail(s->object.ctx, code, "%s: tensor '%s': %s",
                   dl__printable(shown, sizeof shown, s->file.path),
                   dl__printable(tensor, sizeof tensor, e->name), what);
}

static dl_status check_crc(const dl_safetensors *s, const dl__st_entry *e, uint32_t found)
{
    if (!s->verify || !e->has_crc || found == e->crc)
        return DL_OK;
    return fail_at(s, e, DL_EFORMAT, "its data is damaged: the checksum does not match");
}

dl_status dl__st_fetch(const dl_safetensors *s, int32_t i, void *dst)
{
    const dl__st_entry *e = entry(s, i);
    const dl__st_type *t = dl__st_type_at(e->type);
    size_t n = (size_t)(e->end - e->begin);
    char what[96];
    if (t->as < 0)
        return fail_at(s, e, DL_EUNSUPPORTED, "its dtype is not supported");
    /* The raw bytes go to the end of the room, so that they can be widened in place. */
    uint8_t *raw = (uint8_t *)dst + ((size_t)e->count * dl_dtype_size(t->as) - n);
    if (dl__file_read_at(&s->file, s->header.data_at + e->begin, raw, n))
        return s->object.ctx->status;
    if (s->verify && e->has_crc && check_crc(s, e, (uint32_t)crc32_z(0, raw, n)))
        return s->object.ctx->status;
    int64_t bad = dl__st_convert(e->type, dst, e->count);
    if (bad < 0)
        return DL_OK;
    snprintf(what, sizeof what, "element %lld is %s", (long long)bad,
             t->as == DL_BOOL ? "no bool: neither 0 nor 1" : "above 2^63 - 1");
    return fail_at(s, e, DL_EFORMAT, what);
}

dl_tensor *dl_safetensors_read(dl_safetensors *s, int32_t i)
{
    const dl__st_entry *e = entry(s, i);
    if (!s || !dl__ok(s->object.ctx))
        return NULL;
    dl_ctx *ctx = s->object.ctx;
    if (!e) {
        dl_fail(ctx, DL_EINVAL, "safetensors: tensor %d of %d is wanted", i, s->header.n_entry);
        return NULL;
    }
    if (dl__st_type_at(e->type)->as < 0) {
        fail_at(s, e, DL_EUNSUPPORTED, "its dtype is not supported");
        return NULL;
    }
    dl_tensor *t = dl_tensor_zeros(ctx, dl__st_type_at(e->type)->as, e->dims, e->ndim);
    if (!t || dl_tensor_meta(t)) /* while meta tensors are made, a shape is all that is wanted */
        return t;
    void *dst = dl_tensor_edit(t);
    if (!dst || dl__st_fetch(s, i, dst)) {
        dl_tensor_drop(t);
        return NULL;
    }
    return t;
}

dl_status dl_safetensors_verify(dl_safetensors *s)
{
    enum { BLOCK = 1 << 18 };
    if (!s)
        return DL_EINVAL;
    dl_ctx *ctx = s->object.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    uint8_t *block = dl__alloc(ctx, BLOCK);
    dl_status status = block ? DL_OK : ctx->status;
    int32_t verify = s->verify;
    s->verify = 1;
    for (int32_t i = 0; i < s->header.n_entry && !status; i++) {
        const dl__st_entry *e = &s->header.entry[i];
        uint32_t crc = 0;
        for (int64_t at = e->begin; at < e->end && !status;) {
            size_t n = e->end - at < BLOCK ? (size_t)(e->end - at) : BLOCK;
            status = dl__file_read_at(&s->file, s->header.data_at + at, block, n);
            if (!status)
                crc = (uint32_t)crc32_z(crc, block, n);
            at += (int64_t)n;
        }
        if (!status)
            status = check_crc(s, e, crc);
    }
    s->verify = verify;
    dl__free(block);
    return status;
}
