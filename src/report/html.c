/* A page of HTML: its frame, and text. */
#include "report/html.h"
#include <string.h>
#include "core/ctx.h"
#include "core/file.h"
#include "core/memory.h"
#include "dl/ext.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

dl_status dl__html_check(const dl_html *h)
{
    return !h ? DL_EINVAL : h->base.ctx->status;
}

dl__text dl__html_begin(dl_html *h)
{
    static const dl__html_piece empty;
    dl__text t = {.ctx = h->base.ctx};
    dl__text_bytes(&t, (const char *)&empty, sizeof empty);
    return t;
}

dl_status dl__html_end(dl_html *h, dl__text *t, int32_t section)
{
    dl_ctx *ctx = h->base.ctx;
    if (dl__ok(ctx) && t->n - sizeof(dl__html_piece) > DL__PAGE - h->n)
        dl_fail(ctx, DL_ELIMIT, "html: the page is larger than %d MiB", DL__PAGE >> 20);
    if (!dl__ok(ctx)) {
        dl__free(t->p);
        return ctx->status;
    }
    dl__html_piece *p = (dl__html_piece *)(void *)t->p;
    *p = (dl__html_piece){.n = t->n - sizeof *p, .section = section};
    *h->last = p;
    h->last = &p->next;
    h->n += p->n;
    h->sections += section;
    return DL_OK;
}

void dl__html_escape(dl__text *t, const char *text)
{
    dl__svg_escape(t, dl__svg_text(text), INT32_MAX);
}

static void destroy(dl__object *o, dl__dead *dead)
{
    dl_html *h = (dl_html *)(void *)o;
    (void)dead;
    while (h->first) {
        dl__html_piece *p = h->first;
        h->first = p->next;
        dl__free(p);
    }
    dl__free(h->title);
    dl__free(h->subtitle);
}

dl_html *dl_html_new(dl_ctx *ctx, const char *title, const char *subtitle)
{
    if (!dl__ok(ctx))
        return NULL;
    dl_html *h = dl__object_new(ctx, sizeof *h, destroy);
    if (!h)
        return NULL;
    h->last = &h->first;
    h->title = dl__strdup(ctx, dl__svg_text(title));
    h->subtitle = dl__ok(ctx) ? dl__strdup(ctx, dl__svg_text(subtitle)) : NULL;
    if (dl__ok(ctx))
        return h;
    dl_html_drop(h);
    return NULL;
}

void dl_html_drop(dl_html *h)
{
    dl__object_drop(h);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* One element with text in it. */
static dl_status add_element(dl_html *h, const char *open, const char *text, const char *close,
                             int32_t section)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl__text t = dl__html_begin(h);
    dl__text_add(&t, open);
    dl__html_escape(&t, text);
    dl__text_add(&t, close);
    return dl__html_end(h, &t, section);
}

dl_status dl_html_section(dl_html *h, const char *title)
{
    return add_element(h, "<h2>", title, "</h2>\n", 1);
}

dl_status dl_html_heading(dl_html *h, const char *title)
{
    return add_element(h, "<h3>", title, "</h3>\n", 0);
}

/* Bytes of the line at p without its end. */
static size_t line_length(const char *p)
{
    size_t n = strcspn(p, "\n");
    return n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

static void add_line(dl__text *t, const char *p, size_t n)
{
    for (const char *end = p + n; p < end;)
        p += dl__svg_character(t, p);
}

/* The line after p, NULL if it was the last. */
static const char *next_line(const char *p)
{
    p = strchr(p, '\n');
    return p && p[1] ? p + 1 : NULL;
}

dl_status dl_html_text(dl_html *h, const char *text)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl__text t = dl__html_begin(h);
    int open = 0;
    for (const char *p = dl__svg_text(text); p && dl__ok(t.ctx); p = next_line(p)) {
        size_t n = line_length(p);
        int blank = strspn(p, " \t") >= n;
        if (blank && open)
            dl__text_add(&t, "</p>\n");
        else if (!blank)
            dl__text_add(&t, open ? "\n" : "<p>");
        if (!blank)
            add_line(&t, p, n);
        open = !blank;
    }
    if (open)
        dl__text_add(&t, "</p>\n");
    return dl__html_end(h, &t, 0);
}

dl_status dl_html_code(dl_html *h, const char *text)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl__text t = dl__html_begin(h);
    dl__text_add(&t, "<pre>");
    for (const char *p = dl__svg_text(text); p && dl__ok(t.ctx); p = next_line(p)) {
        add_line(&t, p, line_length(p));
        dl__text_add(&t, "\n");
    }
    dl__text_add(&t, "</pre>\n");
    return dl__html_end(h, &t, 0);
}

dl_status dl_html_facts(dl_html *h, const char *const *pair, int32_t n)
{
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    if (n < 1 || !pair)
        return dl_fail(h->base.ctx, DL_EINVAL, "html_facts: there are %d facts%s", (int)n,
                       pair ? "" : ", and the list is NULL");
    dl__text t = dl__html_begin(h);
    dl__text_add(&t, "<dl class=\"facts\">\n");
    for (int32_t i = 0; i < n && dl__ok(t.ctx); i++) {
        dl__text_add(&t, "<div><dt>");
        dl__html_escape(&t, pair[2 * i]);
        dl__text_add(&t, "</dt><dd>");
        dl__html_escape(&t, pair[2 * i + 1]);
        dl__text_add(&t, "</dd></div>\n");
    }
    dl__text_add(&t, "</dl>\n");
    return dl__html_end(h, &t, 0);
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* The title of a section, with the markup of the piece cut off: <h2>TITLE</h2>\n */
static void add_title(dl__text *t, const dl__html_piece *p)
{
    enum { OPEN = sizeof "<h2>" - 1, CLOSE = sizeof "</h2>\n" - 1 };
    dl__text_bytes(t, (const char *)(p + 1) + OPEN, p->n - OPEN - CLOSE);
}

static void add_contents(dl__text *t, const dl_html *h)
{
    int32_t k = 0;
    dl__text_add(t, "<nav aria-label=\"Contents\"><ol>\n");
    for (const dl__html_piece *p = h->first; p; p = p->next) {
        if (!p->section)
            continue;
        dl__svg_add(t, "<li><a href=\"#s%d\">", (int)++k);
        add_title(t, p);
        dl__text_add(t, "</a></li>\n");
    }
    dl__text_add(t, "</ol></nav>\n");
}

/* All before the first piece. What the page holds may neither run nor fetch anything. */
static void add_head(dl__text *t, const dl_html *h)
{
    dl__text_add(t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "img-src data:; style-src 'unsafe-inline'\"/>\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                    "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
    dl__html_escape(t, h->title);
    dl__text_add(t, "</title>\n<style>\n");
    dl__text_add(t, dl__html_style);
    dl__text_add(t, "</style>\n</head>\n<body>\n<header>\n<h1>");
    dl__html_escape(t, h->title);
    dl__text_add(t, "</h1>\n");
    if (*h->subtitle) {
        dl__text_add(t, "<p>");
        dl__html_escape(t, h->subtitle);
        dl__text_add(t, "</p>\n");
    }
    dl__text_add(t, "</header>\n");
    if (h->sections > 1)
        add_contents(t, h);
    dl__text_add(t, "<main>\n");
}

/* The pieces, with a frame around each section. */
static void write_pieces(dl__save *s, const dl_html *h)
{
    int32_t k = 0;
    for (const dl__html_piece *p = h->first; p && s->status == DL_OK; p = p->next) {
        if (p->section) {
            dl__text t = {.ctx = h->base.ctx};
            dl__svg_add(&t, "%s<section id=\"s%d\">\n", k ? "</section>\n" : "", (int)k + 1);
            k++;
            if (dl__ok(t.ctx))
                dl__save_write(s, t.p, t.n);
            else
                dl__save_abort(s);
            dl__free(t.p);
        }
        if (!dl__ok(h->base.ctx) || dl__save_write(s, p + 1, p->n) != DL_OK)
            return;
    }
    if (k)
        dl__save_write(s, "</section>\n", sizeof "</section>\n" - 1);
}

dl_status dl_html_save(const dl_html *h, const char *path)
{
    static const char foot[] = "</main>\n</body>\n</html>\n";
    if (dl__html_check(h) != DL_OK)
        return dl__html_check(h);
    dl_ctx *ctx = h->base.ctx;
    if (!path)
        return dl_fail(ctx, DL_EINVAL, "html_save: a path is wanted");
    dl__text head = {.ctx = ctx};
    dl__save s;
    add_head(&head, h);
    if (dl__ok(ctx) && dl__save_begin(&s, ctx, path, -1, 0) == DL_OK) {
        dl__save_write(&s, head.p, head.n);
        if (dl__ok(ctx))
            write_pieces(&s, h);
        if (dl__ok(ctx))
            dl__save_write(&s, foot, sizeof foot - 1);
        if (dl__ok(ctx))
            dl__save_commit(&s);
    }
    dl__free(head.p);
    return ctx->status;
}
