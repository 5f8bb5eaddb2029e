/* Reporting failures. The public side is dl_fail in dl/ext.h. */
#ifndef DL_CORE_ERROR_H
#define DL_CORE_ERROR_H
#include "dl/ctx.h"
#include "dl/ext.h"

/* DL_OK when the bytes of an options struct's reserved member are all zero, as they must be, so
 * that they can be given a meaning later; else DL_EINVAL. */
dl_status dl__reserved(dl_ctx *ctx, const char *who, const void *reserved, size_t bytes);
#define DL__RESERVED(ctx, who, options)                                                            \
    dl__reserved(ctx, who, (options)->reserved, sizeof(options)->reserved)

/* Where a pool thread, which may not touch a context, leaves its failure. */
typedef struct dl__error {
    dl_status status;
    char message[512];
} dl__error;
/* Sets e unless it holds an earlier error; returns code. */
dl_status dl__error_set(dl__error *e, dl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#endif
