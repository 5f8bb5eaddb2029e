/* Text that grows, and the few SVG elements that pictures need. */
#ifndef DL_REPORT_SVG_H
#define DL_REPORT_SVG_H
#include "core/ctx.h"

typedef struct dl__svg {
    dl_ctx *ctx;
    char *text;
    size_t n, cap;
} dl__svg;

/* The beginning of a picture, with the styles that all share, its white ground and its title, and
 * its end. */
void dl__svg_begin(dl__svg *s, int width, int height, const char *title);
void dl__svg_end(dl__svg *s);
/* Formats without floating-point conversions: numbers go through dl__svg_number. A failure stays in
 * the context, and nothing more is added. */
void dl__svg_add(dl__svg *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One decimal, enough for pixels. */
void dl__svg_number(dl__svg *s, const char *before, double v, const char *after);
/* At most n characters (not bytes) of text, the last an ellipsis if there are more, fit for
 * XML: &, <, >, " are escaped; what is no UTF-8, or no character that XML 1.0 has, becomes
 * U+FFFD. */
void dl__svg_escaped(dl__svg *s, const char *text, int32_t n);
/* Characters of text, counting each malformed byte as one. */
int32_t dl__svg_length(const char *text);
/* A label at (x, y) of at most n characters; anchor is start, middle or end. */
void dl__svg_label(dl__svg *s, double x, double y, const char *anchor, const char *class_name,
                   const char *text, int32_t n);
void dl__svg_line(dl__svg *s, double x1, double y1, double x2, double y2, const char *class_name);
/* A dot with a white rim, at most so many pixels around (x, y). */
void dl__svg_dot(dl__svg *s, double x, double y, double radius, const char *fill);
#endif
