/* Curves in panels, as one SVG file. */
#include <math.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/svg.h"

enum {
    CURVES = 32,
    PANELS = 8,
    WIDTH = 420,
    HEIGHT = 300,
    LEFT = 56,
    RIGHT = 16,
    TOP = 44,
    BOTTOM = 44,
    TITLE = 32,
    TICKS = 5,
    COLORS = 8
};

static const char *const color[COLORS] = {"#2a6fbb", "#d1495b", "#2e933c", "#8d5a97",
                                          "#e08e1b", "#1b998b", "#6c757d", "#9b2226"};
static const char style[] =
    "<style>text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}"
    ".panel{font-size:13px;font-weight:bold}.grid{stroke:#ddd}.axis{stroke:#333}"
    ".curve{fill:none;stroke-width:2}</style>\n";

typedef struct range {
    double low, high;
} range;

/* One pair of axes. */
typedef struct panel {
    const char *title;
    range x, y;
    double left, top, right, bottom; /* of the plotting area */
    int32_t curves;
} panel;

static const char *text_of(const char *s)
{
    return s ? s : "";
}

static double x_of(const dl_curve *c, int64_t i)
{
    return c->x ? c->x[i] : (double)(i + 1);
}

static void widen(range *r, double v)
{
    if (!(v >= r->low))
        r->low = v;
    if (!(v <= r->high))
        r->high = v;
}

/* Room around the values, also when they are all the same. */
static void settle(range *r, double margin)
{
    if (isnan(r->low))
        *r = (range){0, 1};
    double span = r->high - r->low;
    if (!(span > 0)) {
        span = fabs(r->low) > 0 ? fabs(r->low) : 1;
        r->low -= 0.5 * span;
        r->high += 0.5 * span;
        return;
    }
    r->low -= margin * span;
    r->high += margin * span;
}

static double place(double v, range r, double from, double to)
{
    return from + (v - r.low) / (r.high - r.low) * (to - from);
}

/* 1, 2 or 5 times a power of ten, so that about TICKS of them cover span. */
static double tick_step(double span)
{
    double unit = 1;
    while (unit * 10 <= span / TICKS && unit < 1e300)
        unit *= 10;
    while (unit > span / TICKS && unit > 1e-300)
        unit /= 10;
    return unit * 5 <= span / TICKS ? unit * 5 : unit * 2 <= span / TICKS ? unit * 2 : unit;
}

static void draw_ticks(dl__svg *s, const panel *p)
{
    double dx = tick_step(p->x.high - p->x.low), dy = tick_step(p->y.high - p->y.low);
    char number[DL__NUMBER];
    for (double k = ceil(p->y.low / dy); k * dy <= p->y.high; k++) {
        double y = place(k * dy, p->y, p->bottom, p->top);
        dl__svg_line(s, p->left, y, p->right, y, "grid");
        dl__svg_label(s, p->left - 6, y + 4, "end", "tick",
                      dl__double_text(number, rint(k * dy * 1e12) / 1e12));
    }
    for (double k = ceil(p->x.low / dx); k * dx <= p->x.high; k++) {
        double x = place(k * dx, p->x, p->left, p->right);
        dl__svg_line(s, x, p->bottom, x, p->bottom + 4, "axis");
        dl__svg_label(s, x, p->bottom + 18, "middle", "tick",
                      dl__double_text(number, rint(k * dx * 1e12) / 1e12));
    }
}

static void draw_curve(dl__svg *s, const panel *p, const dl_curve *c, const char *stroke)
{
    int drawing = 0;
    dl__svg_add(s, "<path class=\"curve\" stroke=\"%s\" d=\"", stroke);
    for (int64_t i = 0; i < c->n; i++) {
        if (!isfinite(c->y[i])) {
            drawing = 0;
            continue;
        }
        dl__svg_number(s, drawing ? "L" : "M", place(x_of(c, i), p->x, p->left, p->right), " ");
        dl__svg_number(s, "", place(c->y[i], p->y, p->bottom, p->top), "");
        drawing = 1;
    }
    dl__svg_add(s, "\"/>\n");
    for (int64_t i = 0; i < c->n && c->n <= 100; i++)
        if (isfinite(c->y[i])) {
            dl__svg_number(s, "<circle cx=\"", place(x_of(c, i), p->x, p->left, p->right), "\"");
            dl__svg_number(s, " cy=\"", place(c->y[i], p->y, p->bottom, p->top), "\"");
            dl__svg_add(s, " r=\"2.5\" fill=\"%s\"/>\n", stroke);
        }
}

static void draw_panel(dl__svg *s, const panel *p, const dl_curve *curves, int32_t n,
                       const char *xlabel)
{
    dl__svg_label(s, (p->left + p->right) / 2, p->top - 26, "middle", "panel", p->title);
    draw_ticks(s, p);
    dl__svg_line(s, p->left, p->top, p->left, p->bottom, "axis");
    dl__svg_line(s, p->left, p->bottom, p->right, p->bottom, "axis");
    dl__svg_label(s, (p->left + p->right) / 2, p->bottom + 36, "middle", "xlabel", xlabel);
    int32_t k = 0;
    for (int32_t i = 0; i < n; i++) {
        if (strcmp(text_of(curves[i].panel), p->title) != 0)
            continue;
        const char *stroke = color[k % COLORS];
        double at = p->left + 8 + 110 * (double)(k % 3), y = p->top - 10 + 14 * (double)(k / 3);
        draw_curve(s, p, &curves[i], stroke);
        dl__svg_number(s, "<rect width=\"12\" height=\"3\" x=\"", at, "\"");
        dl__svg_number(s, " y=\"", y - 5, "\"");
        dl__svg_add(s, " fill=\"%s\"/>\n", stroke);
        dl__svg_label(s, at + 16, y, "start", "legend", text_of(curves[i].name));
        k++;
    }
}

static dl_status check(dl_ctx *ctx, const char *path, const dl_curve *curves, int32_t n)
{
    if (!path || !curves || n < 1 || n > CURVES)
        return dl_fail(ctx, DL_EINVAL, "report_curves: %d curves, 1 to %d and a path are wanted",
                       (int)n, CURVES);
    for (int32_t i = 0; i < n; i++) {
        if (curves[i].n < 0 || (curves[i].n > 0 && !curves[i].y))
            return dl_fail(ctx, DL_EINVAL, "report_curves: curve %d has no values", (int)i);
        for (int64_t k = 0; k < curves[i].n; k++)
            if (!isfinite(x_of(&curves[i], k)))
                return dl_fail(ctx, DL_EINVAL, "report_curves: x %lld of curve %d is not finite",
                               (long long)k, (int)i);
    }
    return DL_OK;
}

/* Sorts the curves into panels; the number of panels, negative when there are too many. */
static int32_t arrange(dl_ctx *ctx, panel *p, const dl_curve *curves, int32_t n)
{
    int32_t panels = 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t at = 0;
        while (at < panels && strcmp(p[at].title, text_of(curves[i].panel)) != 0)
            at++;
        if (at == PANELS)
            return dl_fail(ctx, DL_ELIMIT, "report_curves: more than %d panels", PANELS);
        if (at == panels)
            p[panels++] =
                (panel){.title = text_of(curves[i].panel), .x = {NAN, NAN}, .y = {NAN, NAN}};
        for (int64_t k = 0; k < curves[i].n; k++) {
            widen(&p[at].x, x_of(&curves[i], k));
            if (isfinite(curves[i].y[k]))
                widen(&p[at].y, curves[i].y[k]);
        }
    }
    for (int32_t k = 0; k < panels; k++) {
        settle(&p[k].x, 0);
        settle(&p[k].y, 0.05);
        p[k].left = WIDTH * k + LEFT;
        p[k].right = WIDTH * (k + 1) - RIGHT;
        p[k].top = TITLE + TOP;
        p[k].bottom = TITLE + HEIGHT - BOTTOM;
    }
    return panels;
}

dl_status dl_report_curves(dl_ctx *ctx, const char *path, const char *title, const char *xlabel,
                           const dl_curve *curves, int32_t n)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    panel p[PANELS];
    if (check(ctx, path, curves, n) != DL_OK)
        return ctx->status;
    int32_t panels = arrange(ctx, p, curves, n);
    if (panels < 0)
        return ctx->status;
    dl__svg s = {.ctx = ctx};
    dl__svg_add(&s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\">\n",
                WIDTH * (int)panels, TITLE + HEIGHT, WIDTH * (int)panels, TITLE + HEIGHT);
    dl__svg_add(&s, "%s", style);
    dl__svg_add(&s, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    dl__svg_label(&s, 0.5 * WIDTH * (double)panels, 22, "middle", "title", text_of(title));
    for (int32_t k = 0; k < panels; k++)
        draw_panel(&s, &p[k], curves, n, text_of(xlabel));
    dl__svg_add(&s, "</svg>\n");
    if (dl__ok(ctx))
        dl__file_save(ctx, path, s.text, s.n, 0);
    dl__free(s.text);
    return ctx->status;
}
