/* Text that grows, and the few SVG elements that pictures need. */
#ifndef DL_REPORT_SVG_H
#define DL_REPORT_SVG_H
#include "core/ctx.h"

typedef struct dl__svg {
    dl_ctx *ctx;
    char *text;
    size_t n, cap;
} dl__svg;

/* Formats without floating-point conversions: numbers go through dl__svg_number. A failure stays in
 * the context, and nothing more is added. */
void dl__svg_add(dl__svg *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One decimal, enough for pixels. */
void dl__svg_number(dl__svg *s, const char *before, double v, const char *after);
/* text with &, <, >, " replaced. */
void dl__svg_escaped(dl__svg *s, const char *text);
/* A label at (x, y); anchor is start, middle or end. */
void dl__svg_label(dl__svg *s, double x, double y, const char *anchor, const char *class_name,
                   const char *text);
void dl__svg_line(dl__svg *s, double x1, double y1, double x2, double y2, const char *class_name);
#endif
