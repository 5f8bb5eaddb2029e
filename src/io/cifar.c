#include "io/cifar.h"
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"
#include "io/sniff.h"

enum { FINE = 100, COARSE = 20, PLAIN = 10, TAR = 262 };

int64_t dl__cifar_record(int32_t labels)
{
    return labels + DL__CIFAR_PIXELS;
}

/* What a file of another form is, "" when that is not known: the first n bytes of it, and how many
 * it has. */
static const char *hint(char text[DL__SHOWN], const dl__cifar *c, const uint8_t *head, size_t n,
                        int64_t bytes)
{
    const char *known = dl__sniff(head, n < DL__SNIFF ? n : DL__SNIFF);
    if (n >= 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5)
        known = "of the version for Python: the binary version is wanted";
    else if (n >= TAR && memcmp(head + 257, "ustar", 5) == 0)
        known = "a tar archive: unpack it";
    else if (!known && bytes > 0 && bytes % dl__cifar_record(3 - c->labels) == 0)
        known = c->labels == 1 ? "of the size of CIFAR-100" : "of the size of CIFAR-10";
    snprintf(text, DL__SHOWN, "%s%s", known ? "; it is " : "", known ? known : "");
    return text;
}

/* The file does not end where a record does: head has the first n bytes of it. */
static dl_status uneven(const dl__source *s, const dl__cifar *c, const uint8_t *head, size_t n,
                        int64_t bytes)
{
    char shown[DL__SHOWN], text[DL__SHOWN];
    const int64_t one = dl__cifar_record(c->labels);
    return dl_fail(s->ctx, DL_EFORMAT,
                   "%s: has %lld bytes, not a multiple of the %lld of a CIFAR-%s record: %lld are "
                   "over%s",
                   dl__printable(shown, sizeof shown, s->path), (long long)bytes, (long long)one,
                   c->labels == 1 ? "10" : "100", (long long)(bytes % one),
                   hint(text, c, head, n, bytes));
}

/* Room for `more` records behind those there are. */
static dl_status reserve(const dl__source *s, dl__cifar *c, int64_t more)
{
    char shown[DL__SHOWN];
    int64_t cap, bytes;
    if (c->cap - c->n >= more)
        return DL_OK;
    if (!dl__add_i64(c->n, more, &cap) || !dl__mul_i64(cap, dl__cifar_record(c->labels), &bytes) ||
        (uint64_t)bytes > SIZE_MAX)
        return dl_fail(s->ctx, DL_ELIMIT, "%s: has more records than can be counted",
                       dl__printable(shown, sizeof shown, s->path));
    uint8_t *p = dl__realloc(s->ctx, c->record, (size_t)bytes);
    if (!p)
        return s->ctx->status;
    c->record = p;
    c->cap = cap;
    return DL_OK;
}

/* The labels of record i, which begins at p, are possible. */
static dl_status check_labels(const dl__source *s, const dl__cifar *c, int64_t i, const uint8_t *p)
{
    static const char *const what[] = {"label", "coarse label", "fine label"};
    static const int32_t limit[] = {PLAIN, COARSE, FINE};
    char shown[DL__SHOWN], text[DL__SHOWN] = "";
    for (int32_t k = 0; k < c->labels; k++) {
        int32_t kind = c->labels == 1 ? 0 : k + 1;
        if (p[k] < limit[kind])
            continue;
        if (i == 0)
            hint(text, c, p, (size_t)dl__cifar_record(c->labels), 0);
        return dl_fail(s->ctx, DL_EFORMAT,
                       "%s: the %s of record %lld is %d, 0 to %d are possible%s",
                       dl__printable(shown, sizeof shown, s->path), what[kind], (long long)i, p[k],
                       (int)limit[kind] - 1, text);
    }
    return DL_OK;
}

/* A plain file has whole records; room for all of them is taken. */
static dl_status begin(dl__source *s, dl__cifar *c)
{
    uint8_t head[DL__CIFAR_PIXELS];
    const int64_t one = dl__cifar_record(c->labels);
    size_t n;
    if (s->packed)
        return DL_OK;
    if (s->size % one == 0)
        return reserve(s, c, s->size / one);
    if (dl__source_read(s, head, sizeof head, &n) == DL_OK)
        uneven(s, c, head, n, s->size);
    return s->ctx->status;
}

dl_status dl__cifar_read(dl__source *s, dl__cifar *c)
{
    char shown[DL__SHOWN];
    const int64_t one = dl__cifar_record(c->labels), first = c->n;
    if (begin(s, c) != DL_OK)
        return s->ctx->status;
    while (s->packed || s->at < s->size) {
        size_t got;
        if (c->n == c->cap && reserve(s, c, 64 + c->n / 2) != DL_OK)
            return s->ctx->status;
        uint8_t *to = c->record + c->n * one;
        if (dl__source_read(s, to, (size_t)one, &got) != DL_OK)
            return s->ctx->status;
        if (got == 0)
            break;
        if (got < (size_t)one)
            return uneven(s, c, c->record + first * one, c->n > first ? (size_t)one : got,
                          s->given);
        if (check_labels(s, c, c->n - first, to) != DL_OK)
            return s->ctx->status;
        c->n++;
    }
    if (c->n == first)
        return dl_fail(s->ctx, DL_EFORMAT, "%s: has 0 bytes",
                       dl__printable(shown, sizeof shown, s->path));
    return DL_OK;
}
