/* Reporting failures, and options. The public side is dl_fail in dl/ext.h. */
#ifndef DL_CORE_ERROR_H
#define DL_CORE_ERROR_H
#include "dl/ctx.h"
#include "dl/ext.h"

/* DL_OK when the bytes of an options struct's reserved member are all zero, as they must be, so
 * that they can be given a meaning later; else DL_EINVAL. */
dl_status dl__reserved(dl_ctx *ctx, const char *who, const void *reserved, size_t bytes);
#define DL__RESERVED(ctx, who, options)                                                            \
    dl__reserved(ctx, who, (options)->reserved, sizeof(options)->reserved)

/* Adds to the message of the error that stands, where there is room. */
void dl__fail_more(dl_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Takes the standing error away, and unlike dl_ctx_clear leaves a wish to cancel. */
void dl__forget(dl_ctx *ctx);

/* What an option stands for: 0 is the default, DL_OFF is zero. */
static inline double dl__option(double value, double standard)
{
    return value == 0 ? standard : value == DL_OFF ? 0 : value;
}

/* Where a pool thread, which may not touch a context, leaves its failure. */
typedef struct dl__error {
    dl_status status;
    char message[512];
} dl__error;
/* Sets e unless it holds an earlier error; returns code. */
dl_status dl__error_set(dl__error *e, dl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#endif
