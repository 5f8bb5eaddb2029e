/* A confusion matrix as a picture. */
#include <math.h>
#include <stdio.h>
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/axes.h"
#include "train/confusion.h"

enum {
    NUMBERED = 32, /* up to so many classes cells show numbers       */
    SIDE = 640,    /* about how large the matrix of more classes is  */
    NAME = 18,     /* letters of a name that are shown               */
    HEAD = 74,     /* title, numbers below it, heading of columns    */
    RECALL = 74,   /* the column on the right                        */
    FOOT = 44,     /* the row below                                  */
    GAP = 8,
    STEPS = 12 /* shades of a cell without a number              */
};

/* How the matrix lies on the page. */
typedef struct grid {
    const dl__confusion *c;
    const char *const *names;
    int32_t n;
    double cell;      /* side of a cell                              */
    double left, top; /* of the first cell                           */
    int32_t every;    /* every so many classes are labelled          */
    int32_t slanted;  /* names of columns do not fit side by side    */
} grid;

static const char *name_of(const grid *g, char number[DL__NUMBER], int32_t k)
{
    if (g->names && g->names[k] && *g->names[k])
        return g->names[k];
    snprintf(number, DL__NUMBER, "%d", (int)k);
    return number;
}

static int64_t count_at(const grid *g, int32_t row, int32_t column)
{
    return g->c->count[(int64_t)row * g->n + column];
}

/* The share of a row's examples in a cell, from 0 to 1, with small ones lifted: where errors are
 * is to be seen when they are rare, too. */
static double shade(const grid *g, int32_t row, int32_t column)
{
    int64_t n = count_at(g, row, column), all = g->c->actual[row];
    if (n == 0 || all == 0)
        return 0;
    double share = (double)n / (double)all;
    return row == column ? 0.08 + 0.82 * share : 0.08 + 0.82 * sqrt(share);
}

static const char *color_of(int diagonal)
{
    return dl__color[diagonal ? 0 : 1];
}

/* 0.973 as "97.3 %"; what is not defined as a dash. */
static const char *percent(char text[DL__NUMBER + 4], double v)
{
    char number[DL__NUMBER];
    if (isnan(v))
        snprintf(text, DL__NUMBER + 4, "\xe2\x80\x93");
    else
        snprintf(text, DL__NUMBER + 4, "%s", dl__fixed_text(number, 100 * v, v == 1 ? 0 : 1));
    return text;
}

/* 1234567 in five letters: "1.2M". */
static const char *short_count(char text[DL__NUMBER], int64_t n)
{
    static const char unit[] = "kMGTPE";
    char number[DL__NUMBER];
    double v = (double)n;
    int at = -1;
    if (n < 10000) {
        snprintf(text, DL__NUMBER, "%lld", (long long)n);
        return text;
    }
    for (; v >= 999.5 && at < 5; at++)
        v /= 1000;
    snprintf(text, DL__NUMBER, "%.16s%c", dl__fixed_text(number, v, v < 9.95 ? 1 : 0), unit[at]);
    return text;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void draw_numbered(dl__svg *s, const grid *g)
{
    char text[DL__NUMBER];
    for (int32_t i = 0; i < g->n; i++)
        for (int32_t j = 0; j < g->n && dl__ok(s->ctx); j++) {
            int64_t n = count_at(g, i, j);
            double a = shade(g, i, j), x = g->left + g->cell * j, y = g->top + g->cell * i;
            if (a > 0) {
                dl__svg_box(s, "<rect", x + 0.5, y + 0.5, g->cell - 1, g->cell - 1);
                dl__svg_add(s, " class=\"cell\" fill=\"%s\" fill-opacity=\"%s\"/>\n",
                            color_of(i == j), dl__fixed_text(text, a, 2));
            }
            if (n > 0)
                dl__svg_label(s, x + g->cell / 2, y + g->cell / 2 + 4, "middle",
                              a > 0.78 ? "count strong" : "count", short_count(text, n), 8);
        }
}

/* The cells of one colour and shade, as one path: a rectangle for each run along a row. */
static void draw_step(dl__svg *s, const grid *g, const unsigned char *step, int32_t k)
{
    for (int32_t i = 0; i < g->n && dl__ok(s->ctx); i++)
        for (int32_t j = 0; j < g->n; j++) {
            int32_t from = j;
            while (j < g->n && step[(int64_t)i * g->n + j] == k)
                j++;
            if (j == from)
                continue;
            dl__svg_number(s, "M", g->left + g->cell * from, " ");
            dl__svg_number(s, "", g->top + g->cell * i, "h");
            dl__svg_number(s, "", g->cell * (j - from), "v");
            dl__svg_number(s, "", g->cell, "h");
            dl__svg_number(s, "", -g->cell * (j - from), "z");
        }
}

static void draw_small(dl__svg *s, const grid *g)
{
    char text[DL__NUMBER];
    unsigned char *step = dl__alloc(s->ctx, (size_t)g->n * (size_t)g->n);
    if (!step)
        return;
    for (int32_t i = 0; i < g->n; i++)
        for (int32_t j = 0; j < g->n; j++) {
            double a = shade(g, i, j);
            int32_t k = a > 0 ? 1 + (int32_t)(a * (STEPS - 1)) : 0;
            step[(int64_t)i * g->n + j] = (unsigned char)(k > 0 && i == j ? k + STEPS : k);
        }
    for (int32_t k = 1; k <= 2 * STEPS && dl__ok(s->ctx); k++) {
        double a = ((k - 1) % STEPS + 0.5) / STEPS;
        dl__svg_add(s, "<path class=\"cells\" fill=\"%s\" fill-opacity=\"%s\" d=\"",
                    color_of(k > STEPS), dl__fixed_text(text, 0.4 + 0.6 * a, 2));
        draw_step(s, g, step, k);
        dl__svg_add(s, "\"/>\n");
    }
    dl__free(step);
}

/* ---- margins --------------------------------------------------------------------------------- */

/* A number with a bar of that length behind it, in a place of 58 pixels. */
static void draw_bar(dl__svg *s, double x, double y, double height, double v)
{
    enum { BAR = 58 };
    if (!(v >= 0))
        return;
    dl__svg_box(s, "<rect", x, y, BAR * v, height);
    dl__svg_add(s, " class=\"bar\" fill=\"%s\" fill-opacity=\".28\"/>\n", color_of(1));
}

static void draw_recall(dl__svg *s, const grid *g)
{
    char text[DL__NUMBER + 4];
    double x = g->left + g->cell * g->n + GAP;
    int numbers = g->cell >= 12;
    dl__svg_label(s, x, g->top - 6, "start", "soft", numbers ? "recall %" : "recall", 8);
    for (int32_t k = 0; k < g->n && dl__ok(s->ctx); k++) {
        double v = dl__ratio((double)count_at(g, k, k), (double)g->c->actual[k]);
        double y = g->top + g->cell * k, room = g->cell > 4 ? 1 : 0;
        draw_bar(s, x, y + room, g->cell - 2 * room, v);
        if (numbers)
            dl__svg_label(s, x + 4, y + g->cell / 2 + 4, "start", "tick", percent(text, v), 8);
    }
}

static void draw_precision(dl__svg *s, const grid *g)
{
    char text[DL__NUMBER + 4];
    double y = g->top + g->cell * g->n + 18;
    if (g->cell < 26)
        return;
    dl__svg_label(s, g->left - GAP, y, "end", "soft", "precision %", 12);
    for (int32_t k = 0; k < g->n && dl__ok(s->ctx); k++) {
        double v = dl__ratio((double)count_at(g, k, k), (double)g->c->predicted[k]);
        dl__svg_label(s, g->left + g->cell * (k + 0.5), y, "middle", "tick", percent(text, v), 8);
    }
}

static void draw_names(dl__svg *s, const grid *g)
{
    char number[DL__NUMBER];
    for (int32_t k = 0; k < g->n && dl__ok(s->ctx); k += g->every) {
        const char *name = name_of(g, number, k);
        double x = g->left + g->cell * (k + 0.5), y = g->top + g->cell * (k + 0.5);
        dl__svg_label(s, g->left - GAP, y + 4, "end", "name", name, NAME);
        if (!g->slanted) {
            dl__svg_label(s, x, g->top - 6, "middle", "name", name, NAME);
            continue;
        }
        dl__svg_number(s, "<text transform=\"translate(", x + 3, " ");
        dl__svg_number(s, "", g->top - 6, ") rotate(-40)\" class=\"name\">");
        dl__svg_escape(s, name, NAME);
        dl__svg_add(s, "</text>\n");
    }
}

static void draw_head(dl__svg *s, const grid *g, const char *title, double width)
{
    char text[3 * DL__NUMBER], number[DL__NUMBER + 4];
    double middle = g->left + g->cell * g->n / 2;
    int64_t hits = 0;
    for (int32_t k = 0; k < g->n; k++)
        hits += count_at(g, k, k);
    double accuracy = dl__ratio((double)hits, (double)g->c->base.n);
    snprintf(text, sizeof text, "%lld examples, accuracy %s%s", (long long)g->c->base.n,
             percent(number, accuracy), isnan(accuracy) ? "" : " %");
    double room = 2 * (middle < width - middle ? middle : width - middle);
    dl__svg_label(s, middle, 22, "middle", "title", title, (int32_t)room / 9);
    dl__svg_label(s, middle, 40, "middle", "soft", text, sizeof text);
    dl__svg_label(s, middle, 62, "middle", "xlabel", "predicted class", 20);
    dl__svg_number(s, "<text transform=\"translate(16 ", g->top + g->cell * g->n / 2,
                   ") rotate(-90)\" text-anchor=\"middle\" class=\"ylabel\">true class</text>\n");
}

/* ---- the picture ----------------------------------------------------------------------------- */

static grid arrange(const dl__confusion *c, const char *const *names)
{
    char number[DL__NUMBER];
    int32_t n = (int32_t)c->base.classes, longest = 1;
    grid g = {.c = c, .names = names, .n = n, .every = 1};
    if (n <= NUMBERED)
        g.cell = n <= 10 ? 46 : n <= 20 ? 38 : 32;
    else
        g.cell = n < SIDE ? SIDE / n : 1;
    for (int32_t unit = 1; g.every * g.cell < 13; unit *= 10)
        for (int32_t k = 0; k < 3 && g.every * g.cell < 13; k++)
            g.every = unit * (k == 0 ? 2 : k == 1 ? 5 : 10);
    for (int32_t k = 0; k < n; k += g.every) {
        int32_t letters = dl__svg_length(name_of(&g, number, k));
        longest = letters > longest ? letters : longest;
    }
    longest = longest < NAME ? longest : NAME;
    g.slanted = longest * DL__LETTER > g.every * g.cell;
    g.left = 28 + GAP + (longest > 11 || g.cell < 26 ? longest : 11) * DL__LETTER;
    g.top = HEAD + (g.slanted ? 4.6 * longest + 16 : 16);
    return g;
}

static void draw(dl__svg *s, const grid *g, const char *title)
{
    double side = g->cell * g->n;
    double right = g->slanted ? 5.6 * NAME - g->cell / 2 : 0;
    double width = g->left + side + GAP + (right > RECALL ? right : RECALL);
    width = width > 2 * g->left ? width : 2 * g->left; /* room for what is above few classes */
    dl__svg_begin(s, (int)width, (int)(g->top + side) + FOOT, "");
    draw_head(s, g, title, width);
    if (g->n <= NUMBERED)
        draw_numbered(s, g);
    else
        draw_small(s, g);
    dl__svg_box(s, "<rect", g->left, g->top, side, side);
    dl__svg_add(s, " class=\"frame\"/>\n");
    draw_names(s, g);
    draw_recall(s, g);
    draw_precision(s, g);
    dl__svg_end(s);
}

dl_status dl_report_confusion(dl_ctx *ctx, const char *path, const char *title, dl_metric *m,
                              const char *const *names)
{
    const dl__confusion *c = dl__confusion_of(m);
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || !c)
        return dl_fail(ctx, DL_EINVAL, "report_confusion: %s",
                       !path ? "a path is wanted" : "the metric is NULL or of another kind");
    if (c->base.base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "report_confusion: the metric is of another context");
    if (c->base.classes > 1000)
        return dl_fail(ctx, DL_ELIMIT, "report_confusion: %lld classes, at most 1000 can be drawn",
                       (long long)c->base.classes);
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    grid g = arrange(c, names);
    draw(&s, &g, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__svg_save(&s, path);
    return ctx->status;
}
