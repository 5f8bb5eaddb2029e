/* Accuracy over confidence. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/axes.h"
#include "train/metric.h"

enum {
    PLOT = 280, /* sides of the plot        */
    BARS = 64,  /* height of the counts     */
    LEFT = 60,
    RIGHT = 24,
    TOP = 62,
    BETWEEN = 14,
    BOTTOM = 46
};

static void rect(dl__svg *s, double x, double y, double width, double height, const char *fill,
                 const char *opacity)
{
    dl__svg_box(s, "<rect class=\"cells\"", x, y, width, height);
    dl__svg_add(s, " fill=\"%s\" fill-opacity=\"%s\"/>\n", fill, opacity);
}

/* A bar to the accuracy, and what is missing or too much up to the confidence. That hides the end
 * of a bar which is too high: the two colours would make a third. */
static void draw_bin(dl__svg *s, dl_metric *m, const dl__axis *x, const dl__axis *y, int64_t b)
{
    double bins = (double)m->places, gap = m->places <= 40 ? 1 : 0;
    double accuracy = dl_metric_value_at(m, "bin.accuracy", b);
    double confidence = dl_metric_value_at(m, "bin.confidence", b);
    if (isnan(accuracy) || isnan(confidence))
        return;
    double left = dl__axis_place(x, (double)b / bins) + gap;
    double width = dl__axis_place(x, (double)(b + 1) / bins) - gap - left;
    double top = dl__axis_place(y, accuracy), other = dl__axis_place(y, confidence);
    rect(s, left, top, width, y->from - top, dl__color[0], ".75");
    rect(s, left, fmin(top, other), width, fabs(top - other), dl__color[1], "1");
}

static void draw_counts(dl__svg *s, dl_metric *m, const dl__axis *x, double top)
{
    char text[2 * DL__NUMBER];
    double most = 0, bins = (double)m->places, gap = m->places <= 40 ? 1 : 0;
    for (int64_t b = 0; b < m->places; b++)
        most = fmax(most, dl_metric_value_at(m, "bin.n", b));
    for (int64_t b = 0; b < m->places && most > 0 && dl__ok(s->ctx); b++) {
        double n = dl_metric_value_at(m, "bin.n", b), high = BARS * n / most;
        double left = dl__axis_place(x, (double)b / bins) + gap;
        double width = dl__axis_place(x, (double)(b + 1) / bins) - gap - left;
        if (n > 0)
            rect(s, left, top + BARS - high, width, high, dl__color[6], ".6");
    }
    dl__svg_line(s, x->from, top + BARS, x->to, top + BARS, "axis");
    dl__fixed_text(text, most, 0);
    dl__svg_label(s, x->from - 6, top + 10, "end", "tick", text, 10);
    dl__svg_label(s, x->from - 6, top + BARS + 4, "end", "tick", "0", 10);
}

static void draw(dl__svg *s, dl_metric *m, const char *title)
{
    char text[3 * DL__NUMBER], number[DL__NUMBER];
    double left = LEFT, right = LEFT + PLOT, counts = TOP + PLOT + BETWEEN;
    const dl__axis x = {0, 1, left, right, 0, 5, 0}, y = {0, 1, TOP + PLOT, TOP, 0, 5, 0};
    dl__svg_begin(s, LEFT + PLOT + RIGHT, TOP + PLOT + BETWEEN + BARS + BOTTOM, "");
    dl__svg_label(s, (left + right) / 2, 22, "middle", "title", title, PLOT / 8);
    double ece = dl_metric_value(m, "ece");
    snprintf(text, sizeof text, "%lld examples, calibration error %s", (long long)m->n,
             isnan(ece) ? "\xe2\x80\x93" : dl__fixed_text(number, ece, 4));
    dl__svg_label(s, (left + right) / 2, 40, "middle", "soft", text, sizeof text);
    dl__svg_label(s, left, TOP - 12, "end", "ylabel", "accuracy", 10);
    dl__tick tick[DL__TICKS];
    int32_t n = dl__axis_ticks(&y, tick);
    for (int32_t k = 0; k < n; k++) {
        dl__svg_line(s, left, tick[k].at, right, tick[k].at, "grid");
        dl__svg_label(s, left - 6, tick[k].at + 4, "end", "tick", tick[k].text, DL__NUMBER);
    }
    for (int64_t b = 0; b < m->places && dl__ok(s->ctx); b++)
        draw_bin(s, m, &x, &y, b);
    dl__svg_line(s, left, y.from, right, y.to, "axis");
    dl__svg_line(s, left, y.from, right, y.from, "axis");
    dl__svg_line(s, left, y.from, left, y.to, "axis");
    draw_counts(s, m, &x, counts);
    n = dl__axis_ticks(&x, tick);
    for (int32_t k = 0; k < n; k++)
        dl__svg_label(s, tick[k].at, counts + BARS + 17, "middle", "tick", tick[k].text,
                      DL__NUMBER);
    dl__svg_label(s, (left + right) / 2, counts + BARS + 38, "middle", "xlabel", "confidence", 20);
    dl__svg_end(s);
}

dl_status dl_report_calibration(dl_ctx *ctx, const char *path, const char *title, dl_metric *m)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || !m || strcmp(m->cls->name, "metric_calibration") != 0)
        return dl_fail(ctx, DL_EINVAL, "report_calibration: %s",
                       !path ? "a path is wanted" : "the metric is NULL or of another kind");
    if (m->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "report_calibration: the metric is of another context");
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    draw(&s, m, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__svg_save(&s, path);
    return ctx->status;
}
