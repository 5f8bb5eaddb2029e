/* The records of a CSV file (RFC 4180), one byte after the other. */
#include <stdio.h>
#include <string.h>
#include "core/utf8.h"
#include "data/csv.h"
#include "io/sniff.h"

enum { BLOCK = 1 << 16 };
enum { START, PLAIN, QUOTED, CLOSED }; /* where a byte stands in its field */

typedef struct reader {
    dl__csv *c;
    int state, after_cr;
    int64_t line; /* of the byte; c->line is that where the field begins */
} reader;

const char *dl__csv_place(const dl__csv *c, char *buf, size_t cap)
{
    char shown[DL__SHOWN];
    snprintf(buf, cap, "%s: line %lld, column %lld", dl__printable(shown, sizeof shown, c->path),
             (long long)c->line, (long long)c->column + 1);
    return buf;
}

static dl_status wrong(const reader *r, const char *what)
{
    char place[DL__SHOWN + 64];
    return dl_fail(r->c->ctx, DL_EFORMAT, "%s: %s", dl__csv_place(r->c, place, sizeof place), what);
}

static dl_status append(reader *r, char byte)
{
    dl__csv *c = r->c;
    char place[DL__SHOWN + 64];
    if (c->n + 1 == DL__CSV_TEXT)
        return dl_fail(c->ctx, DL_ELIMIT, "%s: the field is longer than %d bytes",
                       dl__csv_place(c, place, sizeof place), DL__CSV_TEXT - 1);
    if (byte == 0)
        return wrong(r, "there is a byte 0, which no text has");
    c->text[c->n++] = byte;
    return DL_OK;
}

static dl_status end_field(reader *r)
{
    dl__csv *c = r->c;
    char place[DL__SHOWN + 64];
    c->text[c->n] = 0;
    if (c->column == DL__CSV_COLUMNS)
        return dl_fail(c->ctx, DL_ELIMIT, "%s: there are more columns than %d",
                       dl__csv_place(c, place, sizeof place), DL__CSV_COLUMNS);
    dl_status status = c->field(c, c->user);
    c->column++;
    c->n = 0;
    c->line = r->line;
    r->state = START;
    return status;
}

/* A line without anything is passed over. */
static dl_status end_record(reader *r)
{
    dl__csv *c = r->c;
    dl_status status = DL_OK;
    if (c->column > 0 || r->state != START) {
        status = end_field(r);
        if (status == DL_OK)
            status = c->record(c, c->user);
    }
    c->column = 0;
    return status;
}

static dl_status end_line(reader *r)
{
    dl_status status = end_record(r);
    r->c->line = ++r->line;
    return status;
}

static dl_status outside_quotes(reader *r, char byte)
{
    if (byte == '\n' && r->after_cr) {
        r->after_cr = 0;
        return DL_OK;
    }
    r->after_cr = byte == '\r';
    if (byte == r->c->separator)
        return end_field(r);
    if (byte == '\n' || byte == '\r')
        return end_line(r);
    if (byte == '"' && r->state == START) {
        r->state = QUOTED;
        return DL_OK;
    }
    if (r->state == CLOSED)
        return wrong(r, "there is text after the closing quote");
    if (byte == '"')
        return wrong(r, "there is a quote inside a field that does not begin with one");
    r->state = PLAIN;
    return append(r, byte);
}

static dl_status take(reader *r, char byte)
{
    if (r->state == CLOSED && byte == '"') { /* a doubled quote */
        r->state = QUOTED;
        return append(r, byte);
    }
    if (r->state != QUOTED)
        return outside_quotes(r, byte);
    if (byte == '"') {
        r->state = CLOSED;
        return DL_OK;
    }
    r->line += byte == '\n';
    return append(r, byte);
}

/* Bytes of which a file of text is not made, at its beginning; a mark of UTF-8 is passed over. */
static dl_status begin(const reader *r, const uint8_t *p, size_t n, size_t *skip)
{
    char shown[DL__SHOWN];
    const char *known = dl__sniff(p, n < DL__SNIFF ? n : DL__SNIFF);
    *skip = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (known)
        return dl_fail(r->c->ctx, DL_EFORMAT, "%s: it is %s",
                       dl__printable(shown, sizeof shown, r->c->path), known);
    return DL_OK;
}

dl_status dl__csv_read(dl__csv *c, dl__source *s)
{
    reader r = {.c = c, .line = 1};
    size_t got = 1, at = 0;
    c->line = 1;
    c->text = dl__alloc(c->ctx, DL__CSV_TEXT);
    uint8_t *block = c->text ? dl__alloc(c->ctx, BLOCK) : NULL;
    for (int first = 1; block && dl__ok(c->ctx) && got > 0; first = 0) {
        if (dl__source_read(s, block, BLOCK, &got) != DL_OK ||
            (first && begin(&r, block, got, &at) != DL_OK))
            break;
        for (; at < got && take(&r, (char)block[at]) == DL_OK; at++)
            continue;
        at = 0;
    }
    if (dl__ok(c->ctx) && r.state == QUOTED)
        wrong(&r, "the quote that begins here does not end");
    if (dl__ok(c->ctx))
        end_record(&r);
    dl__free(block);
    dl__free(c->text);
    c->text = NULL;
    return c->ctx->status;
}
