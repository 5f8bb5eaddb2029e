/* IDX on any source of bytes: what needs no tensors. */
#ifndef DL_IO_IDX_H
#define DL_IO_IDX_H
#include "dl/ext.h"
#include "dl/io.h"
#include "io/source.h"

typedef struct dl__idx {
    int64_t dims[DL_MAX_DIMS], count;
    int32_t ndim, code; /* 0x08 u8, 0x09 i8, 0x0b i16, 0x0c i32, 0x0d f32, 0x0e f64 */
    int32_t size;       /* bytes of one element in the file                         */
    dl_dtype as;        /* what it becomes                                          */
} dl__idx;

/* Reads and checks the header: no size it states is larger than what can come from s. */
dl_status dl__idx_begin(dl__source *s, dl__idx *x);
/* Reads count elements of type as to dst, and checks that nothing follows. */
dl_status dl__idx_fill(dl__source *s, const dl__idx *x, void *dst);
/* dl_idx_read, which also refuses another number of dimensions; 0: any. */
dl_tensor *dl__idx_read(dl_ctx *ctx, const char *path, int32_t ndim);

/* The k-th (0 to 3) spelling of name in folder ("" for none): as it is; with or without .gz; and
 * both with "-idx3-" for ".idx3-" and back. For dl__free. *none: there is no such spelling. */
enum { DL__IDX_SPELLINGS = 4 };
char *dl__idx_spelling(dl_ctx *ctx, const char *folder, const char *name, int k, int *none);
/* dl_idx_find for a function called who. A name without "idx" in it is tried with and without .gz
 * alone. */
dl_status dl__idx_find(dl_ctx *ctx, const char *who, const char *const *folders, int32_t n,
                       const char *name, char *path, size_t cap);
/* The error that no spelling of name exists in any of the n folders. */
dl_status dl__idx_nothing(dl_ctx *ctx, const char *who, const char *const *folders, int32_t n,
                          const char *name);
#endif
