/* Curves in panels, as one SVG file. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/svg.h"

enum {
    CURVES = 32,
    PANELS = 8,
    WIDTH = 420, /* of a panel, in pixels                      */
    PLOT = 210,  /* height of the plotting area                */
    LEFT = 64,   /* room for numbers                           */
    RIGHT = 20,  /* room for half of the last number           */
    TITLE = 34,  /* from the top to the title of a panel       */
    ENTRY = 16,  /* a line of the legend                       */
    BOTTOM = 52, /* numbers and label of the axis below        */
    LETTER = 7,  /* a wide guess at the width of a letter      */
    SWATCH = 18, /* the colour before a name, and its distance */
    TICKS = 5,
    COLORS = 8,
    DOTS = 100 /* curves of up to so many points show them   */
};
static const double LARGEST = 1e300; /* values beyond count as infinite, so that spans are finite */

static const char *const color[COLORS] = {"#2a6fbb", "#d1495b", "#2e933c", "#8d5a97",
                                          "#e08e1b", "#1b998b", "#6c757d", "#9b2226"};
static const char style[] =
    "<style>text{font:12px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}"
    ".panel{font-size:13px;font-weight:bold}.tick{font-size:11px}.grid{stroke:#ddd}"
    ".axis{stroke:#333}.curve{fill:none;stroke-width:2;stroke-linejoin:round}</style>\n";

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

/* Room around the values, also when they are all the same, or nearly. */
static void settle(range *r, double margin)
{
    if (isnan(r->low))
        *r = (range){0, 1};
    double size = fmax(fabs(r->low), fabs(r->high)), span = r->high - r->low;
    if (!(span > 1e-9 * size) || span < 1e-290) {
        margin = 0.5;
        span = size > 1e-290 ? size : 1;
    }
    r->low -= margin * span;
    r->high += margin * span;
}

static int drawable(double v)
{
    return fabs(v) <= LARGEST; /* and not NaN */
}

static double place(double v, range r, double from, double to)
{
    return from + (v - r.low) / (r.high - r.low) * (to - from);
}

/* The distance of ticks: digit * 10^exponent with a digit of 1, 2 or 5, about TICKS of them. */
typedef struct ticks {
    int digit, exponent;
    double step;
    int64_t first, last; /* multiples of step */
} ticks;

/* 10^e, good to a few roundings. */
static double power_of_ten(int e)
{
    double p = 1;
    for (int i = 0; i < (e < 0 ? -e : e); i++)
        p *= 10;
    return e < 0 ? 1 / p : p;
}

static ticks ticks_of(range r)
{
    ticks t = {.digit = 1};
    double unit = (r.high - r.low) / TICKS;
    while (t.exponent < 300 && power_of_ten(t.exponent + 1) <= unit)
        t.exponent++;
    while (t.exponent > -300 && power_of_ten(t.exponent) > unit)
        t.exponent--;
    double base = power_of_ten(t.exponent);
    t.digit = 5 * base <= unit ? 5 : 2 * base <= unit ? 2 : 1;
    t.step = t.digit * base;
    t.first = (int64_t)ceil(r.low / t.step - 1e-9);
    t.last = (int64_t)floor(r.high / t.step + 1e-9);
    return t;
}

/* k steps as a number: 0.25, 1500, 2e-07. */
static const char *tick_text(char *buf, const ticks *t, int64_t k)
{
    int64_t whole = k * t->digit;
    if (whole == 0)
        return "0";
    if (t->exponent < 0 && t->exponent >= -6)
        return dl__fixed_text(buf, (double)whole * t->step / t->digit, -t->exponent);
    int exponent = t->exponent;
    for (; whole % 10 == 0; exponent++)
        whole /= 10;
    double size = fabs((double)whole) * power_of_ten(exponent);
    if (exponent >= 0 && size < 1e6)
        return dl__fixed_text(buf, (double)whole * power_of_ten(exponent), 0);
    int digits = 0; /* behind the point of the mantissa */
    double mantissa = (double)whole;
    for (; fabs(mantissa) >= 10; digits++)
        mantissa /= 10;
    char number[DL__NUMBER];
    snprintf(buf, DL__NUMBER, "%.18se%d", dl__fixed_text(number, mantissa, digits),
             exponent + digits);
    return buf;
}

static void draw_ticks(dl__svg *s, const panel *p)
{
    ticks x = ticks_of(p->x), y = ticks_of(p->y);
    char number[DL__NUMBER];
    for (int64_t k = y.first; k <= y.last; k++) {
        double at = place((double)k * y.step, p->y, p->bottom, p->top);
        dl__svg_line(s, p->left, at, p->right, at, "grid");
        dl__svg_label(s, p->left - 6, at + 4, "end", "tick", tick_text(number, &y, k), DL__NUMBER);
    }
    for (int64_t k = x.first; k <= x.last; k++) {
        double at = place((double)k * x.step, p->x, p->left, p->right);
        dl__svg_line(s, at, p->bottom, at, p->bottom + 4, "axis");
        dl__svg_label(s, at, p->bottom + 17, "middle", "tick", tick_text(number, &x, k),
                      DL__NUMBER);
    }
}

static void draw_curve(dl__svg *s, const panel *p, const dl_curve *c, const char *stroke)
{
    int drawing = 0;
    dl__svg_add(s, "<path class=\"curve\" stroke=\"%s\" d=\"", stroke);
    for (int64_t i = 0; i < c->n; i++) {
        if (!drawable(c->y[i])) {
            drawing = 0;
            continue;
        }
        dl__svg_number(s, drawing ? "L" : "M", place(x_of(c, i), p->x, p->left, p->right), " ");
        dl__svg_number(s, "", place(c->y[i], p->y, p->bottom, p->top), "");
        drawing = 1;
    }
    dl__svg_add(s, "\"/>\n");
    for (int64_t i = 0; i < c->n && c->n <= DOTS; i++)
        if (drawable(c->y[i])) {
            dl__svg_number(s, "<circle cx=\"", place(x_of(c, i), p->x, p->left, p->right), "\"");
            dl__svg_number(s, " cy=\"", place(c->y[i], p->y, p->bottom, p->top), "\"");
            dl__svg_add(s, " r=\"2.5\" fill=\"%s\"/>\n", stroke);
        }
}

/* The legend: names one behind the other, in as many lines as it takes; the lines. Without s
 * nothing is drawn. */
static int32_t legend(dl__svg *s, const panel *p, const dl_curve *curves, int32_t n)
{
    int32_t k = 0, line = 0, wide = WIDTH - LEFT - RIGHT, at = 0;
    for (int32_t i = 0; i < n; i++) {
        if (strcmp(text_of(curves[i].panel), p->title) != 0)
            continue;
        int32_t most = (wide - SWATCH) / LETTER, letters = dl__svg_length(text_of(curves[i].name));
        int32_t width = SWATCH + LETTER * (letters < most ? letters : most);
        if (at > 0 && at + width > wide) {
            line++;
            at = 0;
        }
        if (s) {
            double x = p->left + at, y = TITLE + ENTRY * (line + 1.75);
            dl__svg_number(s, "<rect width=\"12\" height=\"3\" x=\"", x, "\"");
            dl__svg_number(s, " y=\"", y - 5, "\"");
            dl__svg_add(s, " fill=\"%s\"/>\n", color[k % COLORS]);
            dl__svg_label(s, x + SWATCH - 2, y, "start", "legend", text_of(curves[i].name), most);
        }
        at += width + LETTER;
        k++;
    }
    return line + 1;
}

static void draw_panel(dl__svg *s, const panel *p, const dl_curve *curves, int32_t n,
                       const char *xlabel)
{
    double middle = (p->left + p->right) / 2;
    dl__svg_label(s, middle, TITLE + 10, "middle", "panel", p->title, WIDTH / (LETTER + 1));
    legend(s, p, curves, n);
    draw_ticks(s, p);
    dl__svg_line(s, p->left, p->top, p->left, p->bottom, "axis");
    dl__svg_line(s, p->left, p->bottom, p->right, p->bottom, "axis");
    dl__svg_label(s, middle, p->bottom + 38, "middle", "xlabel", xlabel, WIDTH / LETTER);
    int32_t k = 0;
    for (int32_t i = 0; i < n; i++)
        if (strcmp(text_of(curves[i].panel), p->title) == 0)
            draw_curve(s, p, &curves[i], color[k++ % COLORS]);
}

static dl_status check(dl_ctx *ctx, const char *path, const dl_curve *curves, int32_t n)
{
    if (!path || !curves || n < 1 || n > CURVES)
        return dl_fail(ctx, DL_EINVAL, "report_curves: %d curves, 1 to %d and a path are wanted",
                       (int)n, CURVES);
    for (int32_t i = 0; i < n; i++) {
        if (DL__RESERVED(ctx, "report_curves", &curves[i]) != DL_OK)
            return ctx->status;
        if (curves[i].n < 0 || (curves[i].n > 0 && !curves[i].y))
            return dl_fail(ctx, DL_EINVAL, "report_curves: curve %d has no values", (int)i);
        for (int64_t k = 0; k < curves[i].n; k++)
            if (!drawable(x_of(&curves[i], k)))
                return dl_fail(ctx, DL_EINVAL,
                               "report_curves: x %lld of curve %d is not finite, or beyond 1e300",
                               (long long)k, (int)i);
    }
    return DL_OK;
}

/* Sorts the curves into panels; the number of panels, negative when there are too many. */
static int32_t arrange(dl_ctx *ctx, panel *p, const dl_curve *curves, int32_t n)
{
    int32_t panels = 0, lines = 0;
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
            if (drawable(curves[i].y[k]))
                widen(&p[at].y, curves[i].y[k]);
        }
    }
    for (int32_t k = 0; k < panels; k++) {
        int32_t more = legend(NULL, &p[k], curves, n);
        lines = more > lines ? more : lines;
        settle(&p[k].x, 0);
        settle(&p[k].y, 0.05);
        p[k].left = WIDTH * k + LEFT;
        p[k].right = WIDTH * (k + 1) - RIGHT;
    }
    for (int32_t k = 0; k < panels; k++) {
        p[k].top = TITLE + ENTRY * (lines + 1.5);
        p[k].bottom = p[k].top + PLOT;
    }
    return panels;
}

static void draw(dl__svg *s, const panel *p, int32_t panels, const dl_curve *curves, int32_t n,
                 const char *title, const char *xlabel)
{
    int width = WIDTH * (int)panels, height = (int)p[0].bottom + BOTTOM;
    dl__svg_add(s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\">\n",
                width, height, width, height);
    dl__svg_add(s, "%s", style);
    dl__svg_add(s, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    dl__svg_label(s, 0.5 * width, 22, "middle", "title", text_of(title), width / (LETTER + 2));
    for (int32_t k = 0; k < panels; k++)
        draw_panel(s, &p[k], curves, n, text_of(xlabel));
    dl__svg_add(s, "</svg>\n");
}

dl_status dl_report_curves(dl_ctx *ctx, const char *path, const char *title, const char *xlabel,
                           const dl_curve *curves, int32_t n)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    panel p[PANELS] = {{0}};
    if (check(ctx, path, curves, n) != DL_OK)
        return ctx->status;
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    int32_t panels = arrange(ctx, p, curves, n);
    if (panels >= 0)
        draw(&s, p, panels, curves, n, title, xlabel);
    dl__fpmode_leave(host);
    if (dl__ok(ctx))
        dl__file_save(ctx, path, s.text, s.n, 0);
    dl__free(s.text);
    return ctx->status;
}
