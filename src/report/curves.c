/* Curves in panels, as one SVG file. */
#include <math.h>
#include <string.h>
#include "core/parallel.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/axes.h"

enum {
    CURVES = 32,
    PANELS = 8,
    WIDTH = 420, /* of a panel, in pixels                      */
    PLOT = 210,  /* height of the plotting area                */
    LEFT = 64,   /* room for numbers                           */
    RIGHT = 20,  /* room for half of the last number           */
    TITLE = 34,  /* from the top to the title of a panel       */
    BOTTOM = 52, /* numbers and label of the axis below        */
    TICKS = 5,
    DOTS = 100 /* curves of up to so many points show them   */
};

/* One pair of axes. */
typedef struct panel {
    const char *title;
    dl__axis x, y;
    int32_t curves;
    const char *name[CURVES];
    const dl_curve *curve[CURVES];
} panel;

static double x_of(const dl_curve *c, int64_t i)
{
    return c->x ? c->x[i] : (double)(i + 1);
}

static void draw_curve(dl__svg *s, const panel *p, const dl_curve *c, const char *stroke)
{
    int drawing = 0;
    dl__svg_add(s, "<path class=\"curve\" stroke=\"%s\" d=\"", stroke);
    for (int64_t i = 0; i < c->n; i++) {
        if (!dl__axis_takes(&p->y, c->y[i])) {
            drawing = 0;
            continue;
        }
        dl__svg_number(s, drawing ? "L" : "M", dl__axis_place(&p->x, x_of(c, i)), " ");
        dl__svg_number(s, "", dl__axis_place(&p->y, c->y[i]), "");
        drawing = 1;
    }
    dl__svg_add(s, "\"/>\n");
    for (int64_t i = 0; i < c->n && c->n <= DOTS; i++)
        if (dl__axis_takes(&p->y, c->y[i])) {
            dl__svg_number(s, "<circle cx=\"", dl__axis_place(&p->x, x_of(c, i)), "\"");
            dl__svg_number(s, " cy=\"", dl__axis_place(&p->y, c->y[i]), "\"");
            dl__svg_add(s, " r=\"2.5\" fill=\"%s\"/>\n", stroke);
        }
}

static void draw_panel(dl__svg *s, const panel *p, const char *xlabel)
{
    double middle = (p->x.from + p->x.to) / 2;
    dl__svg_label(s, middle, TITLE + 10, "middle", "panel", p->title, WIDTH / (DL__LETTER + 1));
    dl__legend(s, p->x.from, TITLE, WIDTH - LEFT - RIGHT, p->name, p->curves);
    dl__axes_draw(s, &p->x, &p->y, 1);
    dl__svg_label(s, middle, p->y.from + 38, "middle", "xlabel", xlabel, WIDTH / DL__LETTER);
    for (int32_t k = 0; k < p->curves; k++)
        draw_curve(s, p, p->curve[k], dl__color[k % DL__COLORS]);
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
        if ((uint32_t)curves[i].log_x > 1 || (uint32_t)curves[i].log_y > 1)
            return dl_fail(ctx, DL_EINVAL,
                           "report_curves: log_x, log_y of curve %d are %d, %d, they want 0 or 1",
                           (int)i, (int)curves[i].log_x, (int)curves[i].log_y);
    }
    return DL_OK;
}

/* The panel of that title, made if it is not there; NULL when there are too many. */
static panel *panel_of(panel *p, int32_t *panels, const char *title)
{
    int32_t at = 0;
    while (at < *panels && strcmp(p[at].title, title) != 0)
        at++;
    if (at == PANELS)
        return NULL;
    if (at == *panels) {
        const dl__axis axis = {.low = NAN, .high = NAN, .ticks = TICKS};
        p[*panels] = (panel){.title = title, .x = axis, .y = axis};
        p[(*panels)++].x.whole = 1; /* until there is a value that is not */
    }
    return &p[at];
}

/* Sorts the curves into panels; the number of panels, negative when there are too many. */
static int32_t sort(dl_ctx *ctx, panel *p, const dl_curve *curves, int32_t n)
{
    int32_t panels = 0;
    for (int32_t i = 0; i < n; i++) {
        panel *one = panel_of(p, &panels, dl__svg_text(curves[i].panel));
        if (!one)
            return dl_fail(ctx, DL_ELIMIT, "report_curves: more than %d panels", PANELS);
        one->name[one->curves] = dl__svg_text(curves[i].name);
        one->curve[one->curves++] = &curves[i];
        one->x.logarithmic |= curves[i].log_x;
        one->y.logarithmic |= curves[i].log_y;
    }
    return panels;
}

/* The axes of a panel reach to all values. */
static dl_status widen(dl_ctx *ctx, panel *p, const dl_curve *curves)
{
    for (int32_t i = 0; i < p->curves; i++) {
        const dl_curve *c = p->curve[i];
        for (int64_t k = 0; k < c->n; k++) {
            if (!dl__axis_takes(&p->x, x_of(c, k)))
                return dl_fail(ctx, DL_EINVAL,
                               "report_curves: x %lld of curve %d is not finite, beyond 1e300%s",
                               (long long)k, (int)(c - curves),
                               p->x.logarithmic ? ", or not above 0 on a logarithmic axis" : "");
            dl__axis_widen(&p->x, x_of(c, k));
            p->x.whole &= x_of(c, k) == floor(x_of(c, k));
            if (dl__axis_takes(&p->y, c->y[k]))
                dl__axis_widen(&p->y, c->y[k]);
        }
    }
    dl__axis_settle(&p->x, 0);
    dl__axis_settle(&p->y, 0.05);
    return DL_OK;
}

/* Places the panels side by side, below the longest legend; their number, negative on failure. */
static int32_t arrange(dl_ctx *ctx, panel *p, const dl_curve *curves, int32_t n)
{
    int32_t panels = sort(ctx, p, curves, n), lines = 0;
    for (int32_t k = 0; k < panels; k++) {
        if (widen(ctx, &p[k], curves) != DL_OK)
            return ctx->status;
        int32_t more = dl__legend(NULL, 0, 0, WIDTH - LEFT - RIGHT, p[k].name, p[k].curves);
        lines = more > lines ? more : lines;
        p[k].x.from = WIDTH * k + LEFT;
        p[k].x.to = WIDTH * (k + 1) - RIGHT;
    }
    for (int32_t k = 0; k < panels; k++) {
        p[k].y.to = TITLE + DL__LEGEND_ENTRY * (lines + 1.5);
        p[k].y.from = p[k].y.to + PLOT;
    }
    return panels;
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
    if (panels > 0) {
        dl__svg_begin(&s, WIDTH * (int)panels, (int)p[0].y.from + BOTTOM, dl__svg_text(title));
        for (int32_t k = 0; k < panels; k++)
            draw_panel(&s, &p[k], dl__svg_text(xlabel));
        dl__svg_end(&s);
    }
    dl__fpmode_leave(host);
    dl__svg_save(&s, path);
    return ctx->status;
}
