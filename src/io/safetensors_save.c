/* Writing safetensors: the bytes depend on the content alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "dl/tensor.h"
#include "io/safetensors.h"
#include "core/bytes.h"
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/json.h"

typedef struct place {
    const dl__st_item *item;
    int64_t bytes;
    int32_t type;
    uint32_t crc;
} place;

typedef struct pair {
    const char *key, *value;
    const place *crc_of; /* a checksum: value is NULL, and NULL here is that of the header */
} pair;

typedef struct writer {
    dl_ctx *ctx;
    const char *path;
    place *places;
    pair *pairs;
    int32_t n, n_pairs, n_meta;
    int64_t data; /* bytes */
    char *keys;   /* of checksums */
    dl__text head;
    size_t crc_at; /* where the digits of the header's checksum go */
} writer;

static dl_status refuse(const writer *w, const char *what, const char *name)
{
    char shown[DL__SHOWN], text[DL__SHOWN];
    return dl_fail(w->ctx, DL_EINVAL, "%s: %s '%s'", dl__printable(shown, sizeof shown, w->path),
                   what, dl__printable(text, sizeof text, name));
}

/* Largest type first, then by name: the order of the format's own library. */
static int by_type(const void *pa, const void *pb)
{
    const place *a = pa, *b = pb;
    if (a->type != b->type)
        return a->type > b->type ? -1 : 1;
    return strcmp(a->item->name, b->item->name);
}

static int by_name(const void *pa, const void *pb)
{
    const place *a = pa, *b = pb;
    return strcmp(a->item->name, b->item->name);
}

static int by_key(const void *pa, const void *pb)
{
    const pair *a = pa, *b = pb;
    return strcmp(a->key, b->key);
}

static dl_status check_items(writer *w, const dl__st_item *items)
{
    for (int32_t i = 0; i < w->n; i++) {
        const dl__st_item *t = &items[i];
        int64_t count;
        place *p = &w->places[i];
        p->item = t;
        p->type = dl__st_type_of(t->dtype);
        if (!dl__utf8_valid(t->name, strlen(t->name)))
            return refuse(w, "the name of a tensor is no UTF-8:", t->name);
        if (!strcmp(t->name, "__metadata__"))
            return refuse(w, "a tensor may not be called", t->name);
        if (p->type < 0)
            return refuse(w, "the format has no element type for tensor", t->name);
        if (!dl__count(t->dims, t->ndim, &count) ||
            !dl__mul_i64(count, (int64_t)dl_dtype_size(t->dtype), &p->bytes) ||
            !dl__add_i64(w->data, p->bytes, &w->data))
            return dl_fail(w->ctx, DL_ELIMIT, "save: more bytes than can be counted");
    }
    if (w->n > 1)
        qsort(w->places, (size_t)w->n, sizeof w->places[0], by_name);
    for (int32_t i = 1; i < w->n; i++) {
        if (!strcmp(w->places[i - 1].item->name, w->places[i].item->name))
            return refuse(w, "two tensors are called", w->places[i].item->name);
    }
    if (w->n > 1)
        qsort(w->places, (size_t)w->n, sizeof w->places[0], by_type);
    return DL_OK;
}

static dl_status check_meta(writer *w, const char *const *keys, const char *const *values)
{
    for (int32_t i = 0; i < w->n_meta; i++) {
        if (!keys[i] || !values[i])
            return refuse(w, "NULL in the metadata at key", keys[i] ? keys[i] : "");
        if (!dl__utf8_valid(keys[i], strlen(keys[i])) ||
            !dl__utf8_valid(values[i], strlen(values[i])))
            return refuse(w, "metadata is no UTF-8 at key", keys[i]);
        if (!strncmp(keys[i], DL__ST_CRC, strlen(DL__ST_CRC)))
            return refuse(w, "keys of checksums are made by the library, not given:", keys[i]);
        w->pairs[i] = (pair){keys[i], values[i], NULL};
    }
    w->n_pairs = w->n_meta;
    return DL_OK;
}

static dl_status sink_crc(void *arg, const void *bytes, size_t n)
{
    place *p = arg;
    p->crc = (uint32_t)crc32_z(p->crc, bytes, n);
    return DL_OK;
}

/* Checksums of all tensors, and pairs of metadata that will hold them and that of the header. */
static dl_status add_crcs(writer *w)
{
    size_t room = sizeof DL__ST_CRC, length;
    for (int32_t i = 0; i < w->n; i++) {
        length = strlen(w->places[i].item->name) + sizeof DL__ST_CRC + 1;
        if (!dl__add_size(room, length, &room))
            return dl_fail(w->ctx, DL_ELIMIT, "save: the names are too long");
    }
    if (!(w->keys = dl__alloc(w->ctx, room)))
        return w->ctx->status;
    char *key = w->keys;
    memcpy(key, DL__ST_CRC, sizeof DL__ST_CRC);
    w->pairs[w->n_pairs++] = (pair){key, NULL, NULL};
    key += sizeof DL__ST_CRC;
    for (int32_t i = 0; i < w->n; i++) {
        place *p = &w->places[i];
        length = strlen(p->item->name);
        memcpy(key, DL__ST_CRC ".", sizeof DL__ST_CRC);
        memcpy(key + sizeof DL__ST_CRC, p->item->name, length + 1);
        w->pairs[w->n_pairs++] = (pair){key, NULL, p};
        key += sizeof DL__ST_CRC + length + 1;
        if (dl__st_walk(w->ctx, p->item, sink_crc, p))
            return w->ctx->status;
    }
    return DL_OK;
}

static dl_status write_meta(writer *w)
{
    dl__text *t = &w->head;
    char digits[16];
    if (w->n_pairs > 1)
        qsort(w->pairs, (size_t)w->n_pairs, sizeof w->pairs[0], by_key);
    for (int32_t i = 0; i < w->n_pairs; i++) {
        const pair *p = &w->pairs[i];
        if (i && !strcmp(p[-1].key, p->key))
            return refuse(w, "the metadata has twice the key", p->key);
        dl__text_add(t, i ? "," : "\"__metadata__\":{");
        dl__text_json(t, p->key);
        dl__text_add(t, ":");
        if (p->value) {
            dl__text_json(t, p->value);
            continue;
        }
        snprintf(digits, sizeof digits, "\"%08x\"", p->crc_of ? p->crc_of->crc : 0u);
        if (!p->crc_of)
            w->crc_at = t->n + 1;
        dl__text_add(t, digits);
    }
    if (w->n_pairs)
        dl__text_add(t, w->n ? "}," : "}");
    return DL_OK;
}

static void write_entry(writer *w, const place *p, int64_t at)
{
    dl__text *t = &w->head;
    dl__text_json(t, p->item->name);
    dl__text_add(t, ":{\"dtype\":\"");
    dl__text_add(t, dl__st_type_at(p->type)->name);
    dl__text_add(t, "\",\"shape\":[");
    for (int32_t a = 0; a < p->item->ndim; a++) {
        if (a)
            dl__text_add(t, ",");
        dl__text_i64(t, p->item->dims[a]);
    }
    dl__text_add(t, "],\"data_offsets\":[");
    dl__text_i64(t, at);
    dl__text_add(t, ",");
    dl__text_i64(t, at + p->bytes);
    dl__text_add(t, "]}");
}

/* Length and header, padded so that the data begins at a multiple of 8. */
static dl_status write_header(writer *w)
{
    dl__text *t = &w->head;
    char digits[16];
    int64_t at = 0;
    t->ctx = w->ctx;
    dl__text_bytes(t, "\0\0\0\0\0\0\0\0", 8);
    dl__text_add(t, "{");
    if (write_meta(w))
        return w->ctx->status;
    for (int32_t i = 0; i < w->n; i++) {
        if (i)
            dl__text_add(t, ",");
        write_entry(w, &w->places[i], at);
        at += w->places[i].bytes;
    }
    dl__text_add(t, "}");
    dl__text_bytes(t, "        ", (8 - t->n % 8) % 8);
    if (!dl__ok(w->ctx))
        return w->ctx->status;
    if (t->n - 8 > DL__ST_HEADER_MAX)
        return dl_fail(w->ctx, DL_ELIMIT, "save: the header has %zu bytes, %d are allowed",
                       t->n - 8, (int)DL__ST_HEADER_MAX);
    dl__store_le64((uint8_t *)t->p, t->n - 8);
    if (w->crc_at) {
        snprintf(digits, sizeof digits, "%08x", (unsigned)crc32_z(0, (const uint8_t *)t->p, t->n));
        memcpy(t->p + w->crc_at, digits, 8);
    }
    return DL_OK;
}

static dl_status sink_save(void *arg, const void *bytes, size_t n)
{
    return dl__save_write(arg, bytes, n);
}

static dl_status write_file(writer *w, uint32_t flags)
{
    dl__save s;
    int64_t total;
    if (!dl__add_i64(w->data, (int64_t)w->head.n, &total))
        return dl_fail(w->ctx, DL_ELIMIT, "save: more bytes than can be counted");
    dl_status status = dl__save_begin(&s, w->ctx, w->path, total, flags);
    if (!status)
        status = dl__save_write(&s, w->head.p, w->head.n);
    for (int32_t i = 0; i < w->n && !status; i++)
        status = dl__st_walk(w->ctx, w->places[i].item, sink_save, &s);
    if (!status)
        return dl__save_commit(&s);
    dl__save_abort(&s);
    return w->ctx->status;
}

static dl_status check_opts(dl_ctx *ctx, const dl_safetensors_save_opts *o)
{
    if (o->checksums != 0 && o->checksums != 1)
        return dl_fail(ctx, DL_EINVAL, "save: checksums is %d, wanted 0 or 1", (int)o->checksums);
    if (o->keep_previous != 0 && o->keep_previous != 1)
        return dl_fail(ctx, DL_EINVAL, "save: keep_previous is %d, wanted 0 or 1",
                       (int)o->keep_previous);
    if (DL__RESERVED(ctx, "save", o) != DL_OK)
        return ctx->status;
    return DL_OK;
}

dl_status dl__st_save(dl_ctx *ctx, const char *path, const dl__st_item *items, int32_t n,
                      const char *const *keys, const char *const *values, int32_t n_meta,
                      const dl_safetensors_save_opts *opts)
{
    writer w = {.ctx = ctx, .path = path, .n = n, .n_meta = n_meta};
    dl_status status = DL_OK;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || n < 0 || n_meta < 0 || (n && !items) || (n_meta && (!keys || !values)))
        return dl_fail(ctx, DL_EINVAL, "save: path or a list is NULL, or a count is negative");
    if (opts && check_opts(ctx, opts) != DL_OK)
        return ctx->status;
    w.places = dl__calloc(ctx, (size_t)n * sizeof w.places[0]);
    w.pairs = dl__calloc(ctx, ((size_t)n + (size_t)n_meta + 1) * sizeof w.pairs[0]);
    if (!w.places || !w.pairs)
        status = ctx->status;
    if (!status)
        status = check_items(&w, items);
    if (!status)
        status = check_meta(&w, keys, values);
    if (!status && opts && opts->checksums)
        status = add_crcs(&w);
    if (!status)
        status = write_header(&w);
    if (!status)
        status = write_file(&w, opts && opts->keep_previous ? DL__SAVE_KEEP_PREVIOUS : 0);
    dl__free(w.head.p);
    dl__free(w.keys);
    dl__free(w.pairs);
    dl__free(w.places);
    return status;
}

dl_status dl__st_describe(dl_ctx *ctx, const char *name, const dl_tensor *t, int64_t *room,
                          dl__st_item *item)
{
    char shown[DL__SHOWN];
    if (!name || !t)
        return dl_fail(ctx, DL_EINVAL, "save: a name or a tensor is NULL");
    dl__printable(shown, sizeof shown, name);
    if (dl_tensor_ctx(t) != ctx)
        return dl_fail(ctx, DL_EINVAL, "save: tensor '%s' belongs to another context", shown);
    if (dl_tensor_meta(t))
        return dl_fail(ctx, DL_ESTATE, "save: tensor '%s' has a shape and no data", shown);
    *item = (dl__st_item){
        name, dl_tensor_data(t), room, room + DL_MAX_DIMS, dl_tensor_dtype(t), dl_tensor_ndim(t)};
    for (int32_t a = 0; a < item->ndim; a++) {
        room[a] = dl_tensor_dim(t, a);
        room[DL_MAX_DIMS + a] = dl_tensor_stride(t, a);
    }
    return DL_OK;
}

dl_status dl_safetensors_save(dl_ctx *ctx, const char *path, const char *const *names,
                              dl_tensor *const *tensors, int32_t n, const char *const *meta_keys,
                              const char *const *meta_values, int32_t n_meta,
                              const dl_safetensors_save_opts *opts)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 0 || (n && (!names || !tensors)))
        return dl_fail(ctx, DL_EINVAL, "save: %d tensors, and the list of names or tensors is NULL",
                       n);
    dl__st_item *items = dl__alloc(ctx, (size_t)n * sizeof items[0]);
    int64_t *room = dl__alloc(ctx, (size_t)n * 2 * DL_MAX_DIMS * sizeof room[0]);
    dl_status status = items && room ? DL_OK : ctx->status;
    for (int32_t i = 0; i < n && !status; i++)
        status = dl__st_describe(ctx, names[i], tensors[i], room + (size_t)i * 2 * DL_MAX_DIMS,
                                 &items[i]);
    if (!status)
        status = dl__st_save(ctx, path, items, n, meta_keys, meta_values, n_meta, opts);
    dl__free(room);
    dl__free(items);
    return status;
}
