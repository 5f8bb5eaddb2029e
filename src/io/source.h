/* Bytes from memory or a file, unpacked on the way when they are a gzip file. */
#ifndef DL_IO_SOURCE_H
#define DL_IO_SOURCE_H
#include <zlib.h>
#include "core/file.h"

typedef struct dl__source {
    dl_ctx *ctx;
    const char *path;     /* for messages                      */
    const dl__file *file; /* NULL: bytes are at p              */
    const uint8_t *p;
    int64_t size, at; /* packed bytes, and those taken     */
    int64_t given;    /* unpacked bytes handed out         */
    int32_t packed, ended;
    uint8_t *block; /* packed bytes of a file            */
    z_stream z;
} dl__source;

/* What begins with 1f 8b is unpacked, whatever its name. On failure s needs no close. */
dl_status dl__source_memory(dl__source *s, dl_ctx *ctx, const char *path, const void *p, size_t n);
dl_status dl__source_file(dl__source *s, const dl__file *file); /* borrows file */
void dl__source_close(dl__source *s);
/* Up to n bytes to dst; *got < n only where the data ends. */
dl_status dl__source_read(dl__source *s, void *dst, size_t n, size_t *got);
/* No more than this many bytes can come in all: deflate packs at most 1032 into one. */
int64_t dl__source_most(const dl__source *s);
/* zlib takes its memory from ctx. */
void dl__zlib_memory(z_stream *z, dl_ctx *ctx);
#endif
