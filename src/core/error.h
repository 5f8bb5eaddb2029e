/* Reporting failures. The public side is dl_fail in dl/ext.h. */
#ifndef DL_CORE_ERROR_H
#define DL_CORE_ERROR_H
#include "dl/ctx.h"
#include "dl/ext.h"

/* Where a pool thread, which may not touch a context, leaves its failure. */
typedef struct dl__error {
    dl_status status;
    char message[512];
} dl__error;
/* Sets e unless it holds an earlier error; returns code. */
dl_status dl__error_set(dl__error *e, dl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#endif
