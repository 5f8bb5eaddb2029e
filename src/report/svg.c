/* A few SVG elements. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "core/utf8.h"
#include "report/svg.h"

enum { LETTER = 9 }; /* a wide guess at the width of a letter of the title */

const char *const dl__color[DL__COLORS] = {"#2a6fbb", "#d1495b", "#2e933c", "#8d5a97", "#e08e1b",
                                           "#1b998b", "#6c757d", "#9b2226", "#c05fae", "#7a5230"};

static const char style[] =
    "<style>text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}"
    ".panel{font-size:13px;font-weight:bold}.tick{font-size:11px}.grid{stroke:#ddd}"
    ".axis{stroke:#333}.curve{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".frame{fill:none;stroke:#333}.cells{shape-rendering:crispEdges}"
    ".dot{stroke:white;stroke-width:.7}.ground{fill:white}.soft{fill:#6a737d}.strong{fill:white}"
    ".first{font-weight:bold}.pixels{image-rendering:optimizeSpeed;image-rendering:pixelated}"
    "@media(prefers-color-scheme:dark){text{fill:#dfe3e8}.ground{fill:#16181d}.grid{stroke:#333941}"
    ".axis,.frame{stroke:#8b949e}.curve,.dot{filter:brightness(1.35)}.dot{stroke:#16181d}"
    ".soft{fill:#9aa4b0}.strong{fill:white}}</style>\n";

void dl__svg_add(dl__svg *s, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n > 0)
        dl__text_bytes(s, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void dl__svg_number(dl__svg *s, const char *before, double v, const char *after)
{
    char text[DL__NUMBER];
    dl__svg_add(s, "%s%s%s", before, dl__fixed_text(text, v, 1), after);
}

/* Bytes of the character at text, which may be malformed: then 1, and *fits is 0. */
static size_t character(const char *text, int *fits)
{
    size_t length = dl__utf8_length(text, strnlen(text, 4));
    const unsigned char *c = (const unsigned char *)text;
    *fits = length > 0 && (c[0] >= 32 || c[0] == '\t');
    if (length == 3 && c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe) /* U+FFFE, U+FFFF */
        *fits = 0;
    return length ? length : 1;
}

int32_t dl__svg_length(const char *text)
{
    int32_t n = 0;
    int fits;
    for (; *text && n < INT32_MAX; n++)
        text += character(text, &fits);
    return n;
}

size_t dl__svg_character(dl__svg *s, const char *text)
{
    int fits;
    size_t length = character(text, &fits);
    if (!fits)
        dl__text_add(s, "\xef\xbf\xbd");
    else if (*text == '&')
        dl__text_add(s, "&amp;");
    else if (*text == '<')
        dl__text_add(s, "&lt;");
    else if (*text == '>')
        dl__text_add(s, "&gt;");
    else if (*text == '"')
        dl__text_add(s, "&quot;");
    else
        dl__text_bytes(s, text, length);
    return length;
}

void dl__svg_escape(dl__svg *s, const char *text, int32_t n)
{
    int more = dl__svg_length(text) > n;
    for (int32_t left = more ? n - 1 : n; *text && left > 0; left--)
        text += dl__svg_character(s, text);
    if (more)
        dl__text_add(s, "\xe2\x80\xa6"); /* an ellipsis */
}

void dl__svg_label(dl__svg *s, double x, double y, const char *anchor, const char *class_name,
                   const char *text, int32_t n)
{
    dl__svg_number(s, "<text x=\"", x, "\"");
    dl__svg_number(s, " y=\"", y, "\"");
    dl__svg_add(s, " text-anchor=\"%s\" class=\"%s\">", anchor, class_name);
    dl__svg_escape(s, text, n);
    dl__svg_add(s, "</text>\n");
}

void dl__svg_box(dl__svg *s, const char *begin, double x, double y, double width, double height)
{
    dl__svg_add(s, "%s", begin);
    dl__svg_number(s, " x=\"", x, "\"");
    dl__svg_number(s, " y=\"", y, "\"");
    dl__svg_number(s, " width=\"", width, "\"");
    dl__svg_number(s, " height=\"", height, "\"");
}

void dl__svg_line(dl__svg *s, double x1, double y1, double x2, double y2, const char *class_name)
{
    dl__svg_number(s, "<line x1=\"", x1, "\"");
    dl__svg_number(s, " y1=\"", y1, "\"");
    dl__svg_number(s, " x2=\"", x2, "\"");
    dl__svg_number(s, " y2=\"", y2, "\"");
    dl__svg_add(s, " class=\"%s\"/>\n", class_name);
}

void dl__svg_begin(dl__svg *s, int width, int height, const char *title)
{
    dl__svg_add(s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\">\n",
                width, height, width, height);
    dl__svg_add(s, "%s", style);
    dl__svg_add(s, "<rect width=\"100%%\" height=\"100%%\" class=\"ground\"/>\n");
    if (*title)
        dl__svg_label(s, 0.5 * width, 22, "middle", "title", title, width / LETTER);
}

void dl__svg_end(dl__svg *s)
{
    dl__svg_add(s, "</svg>\n");
}

void dl__svg_save(dl__svg *s, const char *path)
{
    if (dl__ok(s->ctx))
        dl__file_save(s->ctx, path, s->p, s->n, 0);
    dl__free(s->p);
}

void dl__svg_dot(dl__svg *s, double x, double y, double radius, const char *fill)
{
    dl__svg_number(s, "<circle class=\"dot\" cx=\"", x, "\"");
    dl__svg_number(s, " cy=\"", y, "\"");
    dl__svg_number(s, " r=\"", radius, "\"");
    dl__svg_add(s, " fill=\"%s\"/>\n", fill);
}

void dl__svg_base64(dl__svg *s, const void *data, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    char block[1024];
    size_t at = 0;
    for (size_t i = 0; i < n && dl__ok(s->ctx); i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);
        block[at++] = digit[v >> 18];
        block[at++] = digit[v >> 12 & 63];
        block[at++] = left > 1 ? digit[v >> 6 & 63] : '=';
        block[at++] = left > 2 ? digit[v & 63] : '=';
        if (at == sizeof block || left <= 3) {
            dl__text_bytes(s, block, at);
            at = 0;
        }
    }
}
