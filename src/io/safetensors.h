/* safetensors on raw memory: what needs no tensors. */
#ifndef DL_IO_SAFETENSORS_H
#define DL_IO_SAFETENSORS_H
#include "dl/ext.h"
#include "dl/io.h"
#include "core/file.h"
#include "core/object.h"

enum { DL__ST_HEADER_MAX = 100000000, DL__ST_ENTRY_MAX = 65536 };
#define DL__ST_CRC "dl.crc32" /* of the header; with ".NAME" of a tensor */

/* Element types in the order of the format's own library, which sorts by it. */
typedef struct dl__st_type {
    const char *name;
    int32_t bits;
    dl_dtype as; /* what it is read as, DL_EUNSUPPORTED if nothing */
} dl__st_type;
/* By number; NULL behind the last. */
const dl__st_type *dl__st_type_at(int32_t type);
int32_t dl__st_type_named(const char *name); /* -1: unknown                     */
int32_t dl__st_type_of(dl_dtype dtype);      /* how dtype is stored, -1: it is not */

typedef struct dl__st_entry {
    const char *name;
    int64_t begin, end; /* bytes, from the start of the data */
    int64_t count;      /* elements                          */
    int64_t dims[DL_MAX_DIMS];
    int32_t ndim, type;
    uint32_t crc;
    int32_t has_crc;
} dl__st_entry;

typedef struct dl__st_pair {
    const char *key, *value;
    int32_t is_crc; /* a checksum, not shown */
} dl__st_pair;

typedef struct dl__st_header {
    dl__st_entry *entry; /* by begin; empty ones first, then by name */
    dl__st_entry **by_name;
    dl__st_pair *meta; /* by key */
    int32_t n_entry, cap_entry, n_meta, cap_meta;
    char *text; /* names, keys and values */
    size_t used_text;
    int64_t data_at;        /* bytes before the data */
    const char *crc_digits; /* while parsing: where the header's checksum stands */
} dl__st_header;

/* The length of the JSON text, from the first n bytes (8 or more if there are) of a file of size
 * bytes. */
dl_status dl__st_length(dl_ctx *ctx, const char *path, const uint8_t *p, size_t n, int64_t size,
                        size_t *length);
/* Reads and checks a header of 8 + length bytes of a file of size bytes. On failure h is empty. */
dl_status dl__st_parse(dl__st_header *h, dl_ctx *ctx, const char *path, const uint8_t *p, size_t n,
                       int64_t size);
void dl__st_free(dl__st_header *h);
int32_t dl__st_find(const dl__st_header *h, const char *name); /* -1: none */

/* count elements of the file's type at the end of dst, which has room for them as type as, become
 * those, from the start of dst. The number of the first that cannot be, else -1. */
int64_t dl__st_convert(int32_t type, void *dst, int64_t count);

struct dl_safetensors {
    dl__object object;
    dl__file file;
    dl__st_header header;
    int32_t verify;
};
/* Tensor i as elements of dl_safetensors_dtype, row-major, to dst, which has room for all. */
dl_status dl__st_fetch(const dl_safetensors *s, int32_t i, void *dst);

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct dl__st_item {
    const char *name;
    const void *data; /* of element [0, 0, ...]         */
    const int64_t *dims;
    const int64_t *strides; /* in elements; NULL: row-major   */
    dl_dtype dtype;
    int32_t ndim;
} dl__st_item;
/* What dl_safetensors_save does, for memory of any kind. */
dl_status dl__st_save(dl_ctx *ctx, const char *path, const dl__st_item *items, int32_t n,
                      const char *const *keys, const char *const *values, int32_t n_meta,
                      const dl_safetensors_save_opts *opts);
/* A tensor as an item; its dims and strides go to the 2 * DL_MAX_DIMS numbers at room. */
dl_status dl__st_describe(dl_ctx *ctx, const char *name, const dl_tensor *t, int64_t *room,
                          dl__st_item *item);
/* Gives the bytes of an item to sink in logical row-major order, little-endian, in pieces of
 * whole elements. */
typedef dl_status (*dl__st_sink)(void *arg, const void *bytes, size_t n);
dl_status dl__st_walk(dl_ctx *ctx, const dl__st_item *item, dl__st_sink sink, void *arg);
#endif
