/* The header of a safetensors file, checked to the letter. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "io/safetensors.h"
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/json.h"
#include "io/sniff.h"

/* What is read, and from where: for messages. */
typedef struct parser {
    dl_ctx *ctx;
    const char *path;
    const uint8_t *p; /* the file from its first byte */
    size_t n;
    int64_t data; /* bytes of data in the file */
    dl__st_header *h;
    int seen_meta;
} parser;

static dl_status damaged(const parser *s, const char *name, const char *what)
{
    char shown[DL__SHOWN], tensor[DL__SHOWN];
    dl__printable(shown, sizeof shown, s->path);
    if (!name)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: %s", shown, what);
    return dl_fail(s->ctx, DL_EFORMAT, "%s: tensor '%s': %s", shown,
                   dl__printable(tensor, sizeof tensor, name), what);
}

dl_status dl__st_length(dl_ctx *ctx, const char *path, const uint8_t *p, size_t n, int64_t size,
                        size_t *length)
{
    char shown[DL__SHOWN];
    uint64_t want = n >= 8 ? dl__load_le64(p) : 0;
    const char *known = dl__sniff(p, n);
    dl__printable(shown, sizeof shown, path);
    if (known && (n < 8 || want > (uint64_t)size - 8))
        return dl_fail(ctx, p[0] == '{' ? DL_EUNSUPPORTED : DL_EFORMAT,
                       "%s: is no safetensors file but %s", shown, known);
    if (n < 8)
        return dl_fail(ctx, DL_EFORMAT,
                       "%s: has %lld bytes, a safetensors file begins with a length of 8", shown,
                       (long long)size);
    if (want > DL__ST_HEADER_MAX)
        return dl_fail(
            ctx, DL_ELIMIT,
            "%s: wants a header of %llu bytes, %d are allowed; is it a safetensors file?", shown,
            (unsigned long long)want, (int)DL__ST_HEADER_MAX);
    if (want > (uint64_t)size - 8)
        return dl_fail(ctx, DL_EFORMAT,
                       "%s: wants a header of %llu bytes, the file ends after %lld; it is cut off "
                       "or no safetensors file",
                       shown, (unsigned long long)want, (long long)size - 8);
    if (want < 2)
        return dl_fail(ctx, DL_EFORMAT, "%s: its header is empty", shown);
    *length = (size_t)want;
    return DL_OK;
}

/* The text of a JSON string, kept in h->text: its quotes make room for the NUL, and escapes only
 * ever shrink, so the block of header size that h->text is cannot run over. */
static const char *keep_string(parser *s, dl__json_part part)
{
    json_t *v = dl__json_load(s->ctx, s->path, (const char *)s->p, part);
    if (!v)
        return NULL;
    if (!json_is_string(v)) {
        json_decref(v);
        damaged(s, NULL, "a value in __metadata__ is no string");
        return NULL;
    }
    size_t n = json_string_length(v);
    char *text = s->h->text + s->h->used_text;
    memcpy(text, json_string_value(v), n + 1);
    s->h->used_text += n + 1;
    json_decref(v);
    return text;
}

/* Room for one more of n elements of size bytes. */
static dl_status grow(dl_ctx *ctx, void **array, int32_t n, int32_t *cap, size_t size)
{
    if (n < *cap)
        return DL_OK;
    int32_t want = *cap ? *cap + *cap / 2 : 16;
    void *p = dl__realloc(ctx, *array, (size_t)want * size);
    if (!p)
        return ctx->status;
    *array = p;
    *cap = want;
    return DL_OK;
}

/* "[1,2]" as numbers >= 0; the count may not be above most. -1: it is something else. */
static int32_t numbers(const json_t *v, int64_t *out, size_t most)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > most)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const json_t *e = json_array_get(v, i);
        if (!json_is_integer(e) || json_integer_value(e) < 0)
            return -1;
        out[i] = json_integer_value(e);
    }
    return (int32_t)n;
}

static dl_status check_entry(const parser *s, const json_t *v, dl__st_entry *e)
{
    int64_t offset[2];
    size_t bits;
    const json_t *dtype = json_object_get(v, "dtype"), *shape = json_object_get(v, "shape");
    char shown[DL__SHOWN], tensor[DL__SHOWN];
    if (!json_is_object(v))
        return damaged(s, e->name, "is no object");
    if (!json_is_string(dtype))
        return damaged(s, e->name, "has no dtype");
    e->type = dl__st_type_named(json_string_value(dtype));
    if (e->type < 0)
        return damaged(s, e->name, "has a dtype that the format does not know");
    if (json_array_size(shape) > DL_MAX_DIMS)
        return dl_fail(s->ctx, DL_EUNSUPPORTED,
                       "%s: tensor '%s': has %zu dimensions, at most %d work",
                       dl__printable(shown, sizeof shown, s->path),
                       dl__printable(tensor, sizeof tensor, e->name), json_array_size(shape),
                       (int)DL_MAX_DIMS);
    e->ndim = numbers(shape, e->dims, DL_MAX_DIMS);
    if (e->ndim < 0)
        return damaged(s, e->name, "has no shape, or one that is no list of numbers >= 0");
    if (numbers(json_object_get(v, "data_offsets"), offset, 2) != 2)
        return damaged(s, e->name, "has no data_offsets of two numbers >= 0");
    e->begin = offset[0];
    e->end = offset[1];
    if (e->end < e->begin)
        return damaged(s, e->name, "ends before it begins");
    if (e->end > s->data)
        return damaged(s, e->name, "ends behind the end of the file; it is cut off or damaged");
    if (!dl__count(e->dims, e->ndim, &e->count) ||
        !dl__mul_size((size_t)e->count, (size_t)dl__st_type_at(e->type)->bits, &bits))
        return damaged(s, e->name, "has more elements than can be counted");
    if (bits % 8 || bits / 8 != (size_t)(e->end - e->begin))
        return damaged(s, e->name, "has data of another size than its shape and dtype say");
    return DL_OK;
}

static dl_status add_entry(parser *s, const char *name, dl__json_part value)
{
    dl__st_header *h = s->h;
    dl__st_entry e = {.name = name};
    if (value.n > DL__ST_ENTRY_MAX)
        return damaged(s, NULL, "a tensor is described by more than 65536 bytes");
    /* JSON has a minus zero, which the format's own reader refuses as no unsigned number. */
    if (memchr(value.p, '-', value.n))
        return damaged(s, NULL, "a negative number describes a tensor");
    json_t *v = dl__json_load(s->ctx, s->path, (const char *)s->p, value);
    if (!v)
        return s->ctx->status;
    dl_status status = check_entry(s, v, &e);
    json_decref(v);
    if (!status)
        status = grow(s->ctx, (void **)&h->entry, h->n_entry, &h->cap_entry, sizeof(dl__st_entry));
    if (!status)
        h->entry[h->n_entry++] = e;
    return status;
}

static int is_crc_key(const char *key)
{
    size_t n = strlen(DL__ST_CRC);
    return !strncmp(key, DL__ST_CRC, n) && (!key[n] || key[n] == '.');
}

static dl_status add_metadata(parser *s, dl__json_part all)
{
    dl__st_header *h = s->h;
    dl__cursor c = {(const uint8_t *)all.p, all.n, 1};
    dl__json_part key, value;
    int more;
    if (s->seen_meta++)
        return damaged(s, NULL, "has __metadata__ twice");
    if (all.n == 0 || all.p[0] != '{')
        return damaged(s, NULL, "its __metadata__ is no object");
    for (int first = 1; (more = dl__json_member(&c, first, &key, &value)) == 1; first = 0) {
        dl__st_pair pair = {0};
        if (grow(s->ctx, (void **)&h->meta, h->n_meta, &h->cap_meta, sizeof pair))
            return s->ctx->status;
        if (value.n == 0 || value.p[0] != '"')
            return damaged(s, NULL, "a value in __metadata__ is no string");
        if (!(pair.key = keep_string(s, key)) || !(pair.value = keep_string(s, value)))
            return s->ctx->status;
        pair.is_crc = is_crc_key(pair.key);
        if (!strcmp(pair.key, DL__ST_CRC))
            h->crc_digits = value.p + 1;
        h->meta[h->n_meta++] = pair;
    }
    dl__json_space(&c);
    if (more < 0 || c.at != c.n)
        return damaged(s, NULL, "its __metadata__ is no JSON object");
    return DL_OK;
}

static int by_place(const void *pa, const void *pb)
{
    const dl__st_entry *a = pa, *b = pb;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int by_name(const void *pa, const void *pb)
{
    const dl__st_entry *const *a = pa, *const *b = pb;
    return strcmp((*a)->name, (*b)->name);
}

static int by_key(const void *pa, const void *pb)
{
    const dl__st_pair *a = pa, *b = pb;
    return strcmp(a->key, b->key);
}

/* No name twice, no hole, no overlap, nothing behind. */
static dl_status check_all(parser *s)
{
    dl__st_header *h = s->h;
    int64_t at = 0;
    if (h->n_entry > 1)
        qsort(h->entry, (size_t)h->n_entry, sizeof h->entry[0], by_place);
    if (h->n_meta > 1)
        qsort(h->meta, (size_t)h->n_meta, sizeof h->meta[0], by_key);
    h->by_name = dl__alloc(s->ctx, (size_t)h->n_entry * sizeof h->by_name[0]);
    if (!h->by_name)
        return s->ctx->status;
    for (int32_t i = 0; i < h->n_entry; i++) {
        h->by_name[i] = &h->entry[i];
        if (h->entry[i].begin != at)
            return damaged(s, h->entry[i].name,
                           h->entry[i].begin < at ? "overlaps the data of another"
                                                  : "does not follow the data before it");
        at = h->entry[i].end;
    }
    if (at != s->data)
        return damaged(s, NULL, "there are bytes that belong to no tensor");
    if (h->n_entry > 1)
        qsort(h->by_name, (size_t)h->n_entry, sizeof h->by_name[0], by_name);
    for (int32_t i = 1; i < h->n_entry; i++) {
        if (!strcmp(h->by_name[i - 1]->name, h->by_name[i]->name))
            return damaged(s, h->by_name[i]->name, "is there twice");
    }
    for (int32_t i = 1; i < h->n_meta; i++) {
        if (!strcmp(h->meta[i - 1].key, h->meta[i].key))
            return damaged(s, NULL, "has a key in __metadata__ twice");
    }
    return DL_OK;
}

/* Eight lower-case hexadecimal digits. */
static int parse_crc(const char *s, size_t n, uint32_t *crc)
{
    static const char hex[] = "0123456789abcdef";
    *crc = 0;
    for (size_t i = 0; i < 8; i++) {
        const char *digit = i < n && s[i] ? strchr(hex, s[i]) : NULL;
        if (!digit)
            return 0;
        *crc = *crc << 4 | (uint32_t)(digit - hex);
    }
    return n == 8;
}

/* Checksums belong to a file only together, so that damage to a key does not hide one. */
static dl_status take_crcs(parser *s)
{
    dl__st_header *h = s->h;
    const size_t n = strlen(DL__ST_CRC);
    uint32_t want, found = 0;
    const char *digits = h->crc_digits;
    for (int32_t i = 0; i < h->n_meta; i++) {
        if (!h->meta[i].is_crc)
            continue;
        if (!digits)
            return damaged(s, NULL, "has checksums, but none of its header");
        if (!parse_crc(h->meta[i].value, strlen(h->meta[i].value), &want))
            return damaged(s, NULL, "a checksum is not eight digits");
        if (!h->meta[i].key[n])
            continue;
        int32_t k = dl__st_find(h, h->meta[i].key + n + 1);
        if (k < 0)
            return damaged(s, NULL, "has a checksum of a tensor that is not there");
        h->entry[k].crc = want;
        h->entry[k].has_crc = 1;
    }
    if (!digits)
        return DL_OK;
    size_t at = (size_t)((const uint8_t *)digits - s->p);
    if (at + 9 > s->n || !parse_crc(digits, 8, &want) || digits[8] != '"')
        return damaged(s, NULL, "the checksum of its header is not eight plain digits");
    found = (uint32_t)crc32_z(0, s->p, at);
    found = (uint32_t)crc32_z(found, (const uint8_t *)"00000000", 8);
    found = (uint32_t)crc32_z(found, s->p + at + 8, s->n - at - 8);
    if (found != want)
        return damaged(s, NULL, "its header is damaged: the checksum does not match");
    return DL_OK;
}

static dl_status parse_members(parser *s)
{
    dl__cursor c = {s->p, s->n, 9};
    dl__json_part key, value;
    int more;
    if (s->p[8] != '{')
        return damaged(s, NULL, "its header does not begin with '{'");
    if (memchr(s->p + 8, 0, s->n - 8))
        return damaged(s, NULL, "its header has a zero byte in it");
    for (int first = 1; (more = dl__json_member(&c, first, &key, &value)) == 1; first = 0) {
        const char *name = keep_string(s, key);
        if (!name)
            return s->ctx->status;
        if (!strcmp(name, "__metadata__") ? add_metadata(s, value) : add_entry(s, name, value))
            return s->ctx->status;
    }
    dl__json_space(&c);
    if (more < 0 || c.at != c.n)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: byte %zu: its header is no JSON object there",
                       dl__printable((char[DL__SHOWN]){0}, DL__SHOWN, s->path), c.at);
    return DL_OK;
}

dl_status dl__st_parse(dl__st_header *h, dl_ctx *ctx, const char *path, const uint8_t *p, size_t n,
                       int64_t size)
{
    parser s = {ctx, path, p, n, size - (int64_t)n, h, 0};
    memset(h, 0, sizeof *h);
    h->data_at = (int64_t)n;
    h->text = dl__alloc(ctx, n);
    if (!h->text || parse_members(&s) || check_all(&s) || take_crcs(&s)) {
        dl__st_free(h);
        return ctx->status;
    }
    int32_t shown = 0;
    for (int32_t i = 0; i < h->n_meta; i++) {
        if (!h->meta[i].is_crc)
            h->meta[shown++] = h->meta[i];
    }
    h->n_meta = shown;
    h->crc_digits = NULL;
    return DL_OK;
}

void dl__st_free(dl__st_header *h)
{
    dl__free(h->entry);
    dl__free(h->by_name);
    dl__free(h->meta);
    dl__free(h->text);
    memset(h, 0, sizeof *h);
}

int32_t dl__st_find(const dl__st_header *h, const char *name)
{
    int32_t low = 0, high = h->n_entry;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = strcmp(h->by_name[middle]->name, name);
        if (order == 0)
            return (int32_t)(h->by_name[middle] - h->entry);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
