#include "io/json.h"
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"

enum { DEPTH = 16 };

static int here(const dl__cursor *c)
{
    return c->at < c->n ? c->p[c->at] : -1;
}

void dl__json_space(dl__cursor *c)
{
    while (here(c) == ' ' || here(c) == '\t' || here(c) == '\n' || here(c) == '\r')
        c->at++;
}

/* From one quote to behind the other. */
static int skip_string(dl__cursor *c)
{
    c->at++;
    while (c->at < c->n) {
        const uint8_t *quote = memchr(c->p + c->at, '"', c->n - c->at);
        if (!quote)
            return 0;
        const uint8_t *escape = memchr(c->p + c->at, '\\', (size_t)(quote - (c->p + c->at)));
        if (!escape) {
            c->at = (size_t)(quote - c->p) + 1;
            return 1;
        }
        c->at = (size_t)(escape - c->p) + 2;
    }
    return 0;
}

/* Up to the ',' or '}' that ends the value. */
static int skip_value(dl__cursor *c)
{
    int depth = 0;
    for (int ch = here(c); ch >= 0; ch = here(c)) {
        if (depth == 0 && (ch == ',' || ch == '}'))
            return 1;
        if (ch == '"') {
            if (!skip_string(c))
                return 0;
            continue;
        }
        if ((ch == '[' || ch == '{') && ++depth > DEPTH)
            return 0;
        if ((ch == ']' || ch == '}') && --depth < 0)
            return 0;
        c->at++;
    }
    return 0;
}

int dl__json_member(dl__cursor *c, int first, dl__json_part *key, dl__json_part *value)
{
    dl__json_space(c);
    if (here(c) == '}') {
        c->at++;
        return 0;
    }
    if (!first) {
        if (here(c) != ',')
            return -1;
        c->at++;
        dl__json_space(c);
    }
    size_t at = c->at;
    if (here(c) != '"' || !skip_string(c))
        return -1;
    key->p = (const char *)c->p + at;
    key->n = c->at - at;
    dl__json_space(c);
    if (here(c) != ':')
        return -1;
    c->at++;
    dl__json_space(c);
    at = c->at;
    if (!skip_value(c))
        return -1;
    value->p = (const char *)c->p + at;
    value->n = c->at - at;
    return 1;
}

json_t *dl__json_load(dl_ctx *ctx, const char *path, const char *base, dl__json_part part)
{
    json_error_t error;
    char shown[DL__SHOWN], what[DL__SHOWN];
    json_t *v = json_loadb(part.p, part.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (v)
        return v;
    if (json_error_code(&error) == json_error_out_of_memory) {
        dl_fail(ctx, DL_ENOMEM, "%s: no memory to read its header",
                dl__printable(shown, sizeof shown, path));
        return NULL;
    }
    dl_fail(ctx, DL_EFORMAT, "%s: byte %zu: %s", dl__printable(shown, sizeof shown, path),
            (size_t)(part.p - base) + (size_t)(error.position > 0 ? error.position : 0),
            dl__printable(what, sizeof what, error.text));
    return NULL;
}

void dl__text_bytes(dl__text *t, const char *s, size_t n)
{
    size_t want;
    if (!dl__ok(t->ctx))
        return;
    if (!dl__add_size(t->n, n, &want) || want > SIZE_MAX / 2) {
        dl_fail(t->ctx, DL_ELIMIT, "text: too long");
        return;
    }
    if (want > t->cap) {
        size_t cap = want + want / 2 + 256;
        char *p = dl__realloc(t->ctx, t->p, cap);
        if (!p)
            return;
        t->p = p;
        t->cap = cap;
    }
    if (n)
        memcpy(t->p + t->n, s, n);
    t->n = want;
}

void dl__text_add(dl__text *t, const char *s)
{
    dl__text_bytes(t, s, strlen(s));
}

void dl__text_i64(dl__text *t, int64_t v)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)v);
    dl__text_add(t, number);
}

void dl__text_json(dl__text *t, const char *s)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    char escape[8];
    dl__text_add(t, "\"");
    for (const char *p = s; *p;) {
        const char *plain = p;
        while (*p && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
            p++;
        dl__text_bytes(t, plain, (size_t)(p - plain));
        if (!*p)
            break;
        const char *known = strchr(from, *p);
        if (known)
            snprintf(escape, sizeof escape, "\\%c", to[known - from]);
        else
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*p);
        dl__text_add(t, escape);
        p++;
    }
    dl__text_add(t, "\"");
}
