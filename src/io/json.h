/* JSON of headers: members of an object one by one, so that memory is bounded by the largest of
 * them and not by a tree of all; and text as JSON. */
#ifndef DL_IO_JSON_H
#define DL_IO_JSON_H
#include <jansson.h>
#include "dl/ctx.h"
#include "core/bytes.h"

typedef struct dl__json_part {
    const char *p;
    size_t n;
} dl__json_part;

/* The next member of the object that c stands in: behind its '{', or behind the member before. 1:
 * *key (with its quotes) and *value are set; 0: the object ended and c stands behind '}'; -1:
 * malformed. Only the frame is checked here: each part must go through dl__json_load, which checks
 * the rest, and then the whole is strict JSON. */
int dl__json_member(dl__cursor *c, int first, dl__json_part *key, dl__json_part *value);
/* Moves c over white space. */
void dl__json_space(dl__cursor *c);

/* The value that fills part: strict, without duplicate keys. NULL: ctx has the error, which names
 * path and the byte, counted from base. */
json_t *dl__json_load(dl_ctx *ctx, const char *path, const char *base, dl__json_part part);

/* Text that grows. A failed append stays in ctx; nothing is added while an error stands. */
typedef struct dl__text {
    dl_ctx *ctx;
    char *p;
    size_t n, cap;
} dl__text;
void dl__text_bytes(dl__text *t, const char *s, size_t n);
void dl__text_add(dl__text *t, const char *s);
void dl__text_i64(dl__text *t, int64_t v);
void dl__text_json(dl__text *t, const char *s); /* quoted and escaped */
#endif
