/* Fields, points and paths over planes, as one SVG file. */
#include <math.h>
#include "core/math.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/axes.h"
#include "report/pen.h"

enum {
    PLANES = 16,
    CELLS = 1000, /* of a field, along an axis                  */
    PATHS = 16,
    PLOT = 270,  /* side of the plotting area, in pixels       */
    LEFT = 62,   /* room for numbers and a label               */
    RIGHT = 20,  /* room for half of the last number           */
    SCALE = 60,  /* room for the scale of a field              */
    BAR = 10,    /* its width                                  */
    TITLE = 30,  /* height of the title of the picture         */
    HEAD = 22,   /* height of the title of a panel             */
    BOTTOM = 48, /* numbers and label of the axis below        */
    TICKS = 4,
    LABEL = 16, /* of the axis to the left, above it          */
    STEPS = 12
};

/* Colours from 0.98 to 0.52 in Oklab's lightness, in even steps, light enough for lines over them;
 * hue from yellow over green to blue. Ottosson, A perceptual color space for image processing,
 * 2020. */
static const char *const step_color[STEPS] = {"#fefadf", "#e9eed0", "#d3e4c3", "#bbd9ba",
                                              "#a2ceb5", "#89c2b2", "#71b6b1", "#5ca8b1",
                                              "#4e9ab0", "#478aaf", "#4779aa", "#4c67a3"};

typedef struct panel {
    const dl_plane *p;
    dl__axis x, y, value; /* value: of a field of numbers */
} panel;

static int has_scale(const dl_plane *p)
{
    return p->field && p->classes == 0;
}

/* ---- the field ------------------------------------------------------------------------------- */

/* The colour of a cell; -1: white. */
static int32_t step_of(const panel *a, int64_t i)
{
    double v = a->p->field[i];
    if (a->p->classes > 0)
        return isnan(v) ? -1 : (int32_t)v;
    if (!(fabs(v) <= 1e300))
        return -1;
    if (!dl__axis_takes(&a->value, v))
        return 0;
    double at = floor(STEPS * dl__axis_place(&a->value, v)); /* from 0 to 1 */
    return at < 0 ? 0 : at >= STEPS ? STEPS - 1 : (int32_t)at;
}

/* Cells of one colour, runs of them in a row as one rectangle. step has a colour for each cell. */
static void draw_color(dl__svg *s, const panel *a, const int32_t *step, int32_t one)
{
    const dl_plane *p = a->p;
    double width = (a->x.to - a->x.from) / p->columns, height = (a->y.to - a->y.from) / p->rows;
    for (int64_t r = 0; r < p->rows; r++)
        for (int64_t c = 0; c < p->columns;) {
            int64_t begin = c;
            while (c < p->columns && step[r * p->columns + c] == one)
                c++;
            if (c == begin) {
                c++;
                continue;
            }
            dl__svg_number(s, "M", a->x.from + width * (double)begin, " ");
            dl__svg_number(s, "", a->y.from + height * (double)r, "");
            dl__svg_number(s, "H", a->x.from + width * (double)c, "");
            dl__svg_number(s, "V", a->y.from + height * (double)(r + 1), "");
            dl__svg_number(s, "H", a->x.from + width * (double)begin, "z");
        }
}

static void draw_field(dl__svg *s, const panel *a)
{
    const dl_plane *p = a->p;
    int64_t n = (int64_t)p->rows * p->columns;
    int32_t *step = dl__alloc(s->ctx, sizeof *step * (size_t)n), colors = 0;
    for (int64_t i = 0; step && i < n; i++) {
        step[i] = step_of(a, i);
        if (p->classes > 0 && step[i] >= 0)
            step[i] %= DL__COLORS;
        colors = step[i] >= colors ? step[i] + 1 : colors;
    }
    for (int32_t k = 0; step && k < colors; k++) {
        dl__svg_add(s, "<path class=\"cells\" fill=\"%s\"%s d=\"",
                    p->classes > 0 ? dl__color[k] : step_color[k],
                    p->classes > 0 ? " fill-opacity=\".25\"" : "");
        draw_color(s, a, step, k);
        dl__svg_add(s, "\"/>\n");
    }
    dl__free(step);
}

/* The steps beside the panel, with numbers. */
static void draw_scale(dl__svg *s, const panel *a)
{
    double left = a->x.to + 12, height = (a->y.to - a->y.from) / STEPS;
    for (int32_t k = 0; k < STEPS; k++) {
        dl__svg_box(s, "<rect class=\"cells\"", left, a->y.from + height * (k + 1), BAR, -height);
        dl__svg_add(s, " fill=\"%s\"/>\n", step_color[k]);
    }
    dl__axis value = a->value;
    value.from = a->y.from;
    value.to = a->y.to;
    dl__tick tick[DL__TICKS];
    int32_t n = dl__axis_ticks(&value, tick);
    for (int32_t k = 0; k < n; k++) {
        dl__svg_line(s, left + BAR, tick[k].at, left + BAR + 3, tick[k].at, "axis");
        dl__svg_label(s, left + BAR + 5, tick[k].at + 4, "start", "tick", tick[k].text, 6);
    }
}

/* ---- points and paths ------------------------------------------------------------------------ */

static void draw_points(dl__svg *s, const panel *a)
{
    const dl_plane *p = a->p;
    for (int64_t i = 0; i < p->n_points; i++) {
        if (!(p->px[i] >= p->x0 && p->px[i] <= p->x1 && p->py[i] >= p->y0 && p->py[i] <= p->y1))
            continue;
        dl__svg_dot(s, dl__axis_place(&a->x, p->px[i]), dl__axis_place(&a->y, p->py[i]),
                    p->n_points > 500 ? 2 : 3, dl__color[p->label ? p->label[i] % DL__COLORS : 0]);
    }
}

static void draw_path(dl__svg *s, const panel *a, int32_t k)
{
    const dl_plane_path *t = &a->p->paths[k];
    const char *color = dl__color[k % DL__COLORS];
    dl__pen pen = {.svg = s, .box = {a->x.from, a->x.to, a->y.to, a->y.from}};
    double x = NAN, y = NAN, x0 = NAN, y0 = NAN;
    dl__svg_add(s, "<path class=\"curve\" stroke=\"%s\" d=\"", color);
    for (int64_t i = 0; i < t->n; i++) {
        int shown = dl__axis_takes(&a->x, t->x[i]) && dl__axis_takes(&a->y, t->y[i]);
        x = shown ? dl__axis_place(&a->x, t->x[i]) : NAN;
        y = shown ? dl__axis_place(&a->y, t->y[i]) : NAN;
        dl__pen_to(&pen, x, y, i + 1 == t->n);
        if (i == 0) {
            x0 = x;
            y0 = y;
        }
    }
    dl__svg_add(s, "\"/>\n");
    if (dl__box_holds(&pen.box, x0, y0)) {
        dl__svg_number(s, "<circle cx=\"", x0, "\"");
        dl__svg_number(s, " cy=\"", y0, "\"");
        dl__svg_add(s, " r=\"5\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", color);
    }
    if (dl__box_holds(&pen.box, x, y))
        dl__svg_dot(s, x, y, 5, color);
}

/* ---- panels ---------------------------------------------------------------------------------- */

static int32_t names_of(const dl_plane *p, const char *name[PATHS])
{
    for (int32_t k = 0; k < p->n_paths; k++)
        name[k] = dl__svg_text(p->paths[k].name);
    return p->n_paths;
}

static void draw_frame(dl__svg *s, const panel *a)
{
    dl__svg_box(s, "<rect class=\"frame\"", a->x.from, a->y.to, PLOT, PLOT);
    dl__svg_add(s, "/>\n");
}

static void draw_panel(dl__svg *s, const panel *a, double top)
{
    const char *name[PATHS];
    const dl_plane *p = a->p;
    double middle = (a->x.from + a->x.to) / 2, left = a->x.from - 8;
    int32_t letters = PLOT / DL__LETTER;
    dl__svg_label(s, middle, top + 14, "middle", "panel", dl__svg_text(p->title), letters);
    if (p->n_paths > 0)
        dl__legend(s, a->x.from, top + 4, PLOT, name, names_of(p, name));
    if (p->field)
        draw_field(s, a);
    dl__axes_draw(s, &a->x, &a->y, 0);
    draw_frame(s, a);
    dl__svg_label(s, middle, a->y.from + 36, "middle", "xlabel", dl__svg_text(p->xlabel), letters);
    dl__svg_label(s, left, a->y.to - 6, "start", "ylabel", dl__svg_text(p->ylabel), letters);
    draw_points(s, a);
    for (int32_t k = 0; k < p->n_paths; k++)
        draw_path(s, a, k);
    if (has_scale(p))
        draw_scale(s, a);
}

/* ---- the picture ----------------------------------------------------------------------------- */

static dl_status refuse(dl_ctx *ctx, int32_t i, const char *what)
{
    return dl_fail(ctx, DL_EINVAL, "report_planes: plane %d: %s", (int)i, what);
}

static int is_range(double low, double high)
{
    return fabs(low) <= 1e300 && fabs(high) <= 1e300 &&
           high - low > 1e-9 * fmax(fabs(low), fabs(high)) && high - low > 1e-290;
}

static dl_status check_field(dl_ctx *ctx, const dl_plane *p, int32_t i)
{
    if (p->rows < 1 || p->rows > CELLS || p->columns < 1 || p->columns > CELLS)
        return dl_fail(ctx, DL_EINVAL, "report_planes: plane %d: %d x %d cells, each wants 1 to %d",
                       (int)i, (int)p->rows, (int)p->columns, CELLS);
    if (p->classes < 0 || (uint32_t)p->log_field > 1)
        return refuse(ctx, i, "classes wants at least 0, log_field 0 or 1");
    if ((p->low != 0 || p->high != 0) &&
        (!is_range(p->low, p->high) || (p->log_field && !(p->low > 0))))
        return refuse(ctx, i, "low wants to be below high, and above 0 with log_field");
    for (int64_t k = 0; p->classes > 0 && k < (int64_t)p->rows * p->columns; k++) {
        double v = p->field[k];
        if (!isnan(v) && !(v >= 0 && v < p->classes && v == floor(v)))
            return dl_fail(ctx, DL_EINVAL,
                           "report_planes: plane %d: cell %lld of the field is none of %d classes",
                           (int)i, (long long)k, (int)p->classes);
    }
    return DL_OK;
}

static dl_status check_plane(dl_ctx *ctx, const dl_plane *p, int32_t i)
{
    if (DL__RESERVED(ctx, "report_planes", p) != DL_OK)
        return ctx->status;
    if (p->reserved0 != 0)
        return refuse(ctx, i, "a reserved field is not zero");
    if (!is_range(p->x0, p->x1) || !is_range(p->y0, p->y1))
        return refuse(ctx, i, "x0 wants to be below x1, and y0 below y1");
    if (p->field && check_field(ctx, p, i) != DL_OK)
        return ctx->status;
    if (p->n_points < 0 || (p->n_points > 0 && (!p->px || !p->py)))
        return refuse(ctx, i, "points without numbers");
    for (int64_t k = 0; p->label && k < p->n_points; k++)
        if (p->label[k] < 0)
            return refuse(ctx, i, "a label is below 0");
    if (p->n_paths < 0 || p->n_paths > PATHS || (p->n_paths > 0 && !p->paths))
        return dl_fail(ctx, DL_EINVAL, "report_planes: plane %d: %d paths, it takes 0 to %d",
                       (int)i, (int)p->n_paths, PATHS);
    for (int32_t k = 0; k < p->n_paths; k++) {
        const dl_plane_path *t = &p->paths[k];
        if (DL__RESERVED(ctx, "report_planes", t) != DL_OK)
            return ctx->status;
        if (t->n < 0 || (t->n > 0 && (!t->x || !t->y)))
            return refuse(ctx, i, "a path without numbers");
    }
    return DL_OK;
}

static dl_status check(dl_ctx *ctx, const char *path, const dl_plane *planes, int32_t n)
{
    if (!path || !planes || n < 1 || n > PLANES)
        return dl_fail(ctx, DL_EINVAL, "report_planes: %d planes, 1 to %d and a path are wanted",
                       (int)n, PLANES);
    for (int32_t i = 0; i < n; i++)
        if (check_plane(ctx, &planes[i], i) != DL_OK)
            return ctx->status;
    return DL_OK;
}

/* The numbers of a field, on an axis from 0 to 1 of which the steps are parts. */
static dl__axis value_axis(const dl_plane *p)
{
    dl__axis a = {.low = NAN, .high = NAN, .to = 1, .ticks = TICKS, .logarithmic = p->log_field};
    if (p->low != 0 || p->high != 0) {
        dl__axis_widen(&a, p->low);
        dl__axis_widen(&a, p->high);
    } else {
        for (int64_t i = 0; i < (int64_t)p->rows * p->columns; i++)
            if (dl__axis_takes(&a, p->field[i]))
                dl__axis_widen(&a, p->field[i]);
    }
    dl__axis_settle(&a, 0);
    return a;
}

/* The least number of panels side by side that makes a grid not higher than wide. */
static int32_t columns_of(int32_t n)
{
    int32_t columns = n < 3 ? n : 3;
    if (n == 4)
        return 2;
    while (columns * columns < n)
        columns++;
    return columns;
}

/* Draws the grid: cells of one size, which leave room for the longest legend and for scales. */
static void draw(dl__svg *s, const dl_plane *planes, int32_t n, const char *title)
{
    const char *name[PATHS];
    int32_t lines = 0, scales = 0, columns = columns_of(n), rows = (n + columns - 1) / columns;
    for (int32_t i = 0; i < n; i++) {
        int32_t paths = names_of(&planes[i], name);
        int32_t more = paths ? dl__legend(NULL, 0, 0, PLOT, name, paths) : 0;
        lines = more > lines ? more : lines;
        scales |= has_scale(&planes[i]);
    }
    int32_t wide = LEFT + PLOT + (scales ? SCALE : RIGHT);
    int32_t head = HEAD + lines * DL__LEGEND_ENTRY + (lines ? 6 : 0) + LABEL;
    int32_t high = head + PLOT + BOTTOM;
    dl__svg_begin(s, wide * columns, TITLE + high * rows, title);
    for (int32_t i = 0; i < n && dl__ok(s->ctx); i++) {
        double left = wide * (i % columns) + LEFT, top = TITLE + high * (i / columns);
        const dl_plane *p = &planes[i];
        panel a = {.p = p,
                   .x = {p->x0, p->x1, left, left + PLOT, 0, TICKS, 0},
                   .y = {p->y0, p->y1, top + head + PLOT, top + head, 0, TICKS, 0}};
        if (has_scale(p))
            a.value = value_axis(p);
        draw_panel(s, &a, top);
    }
    dl__svg_end(s);
}

dl_status dl_report_planes(dl_ctx *ctx, const char *path, const char *title, const dl_plane *planes,
                           int32_t n)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(ctx, path, planes, n) != DL_OK)
        return ctx->status;
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    draw(&s, planes, n, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__svg_save(&s, path);
    return ctx->status;
}
