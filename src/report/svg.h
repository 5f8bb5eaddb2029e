/* The few SVG elements that pictures need, as text that grows. */
#ifndef DL_REPORT_SVG_H
#define DL_REPORT_SVG_H
#include "core/ctx.h"
#include "io/json.h"

typedef dl__text dl__svg;

/* For classes and curves: each can be told from its neighbours. */
enum { DL__COLORS = 10 };
extern const char *const dl__color[DL__COLORS];

/* The beginning of a picture, with the styles that all share, its ground (white; dark where the
 * reader wants that) and its title ("": none), and its end. */
void dl__svg_begin(dl__svg *s, int width, int height, const char *title);
void dl__svg_end(dl__svg *s);
/* Saves it as path, unless an error stands, and gives back its memory. */
void dl__svg_save(dl__svg *s, const char *path);
/* Text of a caller's, NULL for none. */
static inline const char *dl__svg_text(const char *s)
{
    return s ? s : "";
}
/* Formats without floating-point conversions: numbers go through dl__svg_number. */
void dl__svg_add(dl__svg *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One decimal, enough for pixels. */
void dl__svg_number(dl__svg *s, const char *before, double v, const char *after);
/* Characters of text, counting each malformed byte as one. */
int32_t dl__svg_length(const char *text);
/* The first character of text, which is not empty, fit for XML and HTML: &, <, >, " are escaped;
 * what is no UTF-8, or no character that XML 1.0 has, and a line end become U+FFFD. Its bytes in
 * text. */
size_t dl__svg_character(dl__svg *s, const char *text);
/* At most n characters (not bytes) of text likewise, the last an ellipsis if there are more. */
void dl__svg_escape(dl__svg *s, const char *text, int32_t n);
/* A label at (x, y) of at most n characters; anchor is start, middle or end. */
void dl__svg_label(dl__svg *s, double x, double y, const char *anchor, const char *class_name,
                   const char *text, int32_t n);
/* A rectangle's element from its beginning, "<rect", to its height; the rest is the caller's. */
void dl__svg_box(dl__svg *s, const char *begin, double x, double y, double width, double height);
void dl__svg_line(dl__svg *s, double x1, double y1, double x2, double y2, const char *class_name);
/* n bytes as RFC 4648 writes them. */
void dl__svg_base64(dl__svg *s, const void *data, size_t n);
/* A dot with a white rim, at most so many pixels around (x, y). */
void dl__svg_dot(dl__svg *s, double x, double y, double radius, const char *fill);
#endif
