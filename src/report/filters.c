/* The filters of a convolution as pictures. */
#include <math.h>
#include <stdio.h>
#include "core/memory.h"
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/pixels.h"

enum {
    PLANES = 32,   /* inputs and outputs of a grid that are shown */
    FILTERS = 256, /* filters of one picture each that are shown  */
    ACROSS = 16,   /* of them side by side                        */
    SIDE = 44,     /* about how large a filter is drawn           */
    SMALL = 24,    /* the same in a grid                          */
    GAP = 5,
    MARGIN = 16,
    TITLE = 54,
    NARROWEST = 300
};

/* [O, I, kh, kw]: as a grid of inputs by outputs, or each filter as one picture. */
typedef struct filters {
    const double *v;
    int64_t outputs, inputs, kh, kw;
    int64_t columns, rows, n; /* tiles */
    int32_t whole;            /* a filter is one tile */
    double width, height;
} filters;

static filters arrange(const dl_tensor *w, const double *v)
{
    filters f = {v, w->dims[0], w->dims[1], w->dims[2], w->dims[3], 0, 0, 0, 0, 0, 0};
    int64_t longest = f.kh > f.kw ? f.kh : f.kw;
    f.whole = f.inputs == 1 || f.inputs == 3;
    if (f.whole) {
        f.n = f.outputs < FILTERS ? f.outputs : FILTERS;
        f.columns = f.n < ACROSS ? f.n : ACROSS;
        f.rows = (f.n + f.columns - 1) / f.columns;
    } else {
        f.columns = f.inputs < PLANES ? f.inputs : PLANES;
        f.rows = f.outputs < PLANES ? f.outputs : PLANES;
        f.n = f.columns * f.rows;
    }
    int64_t side = f.whole ? SIDE : SMALL, scale = side > longest ? side / longest : 1;
    f.width = (double)(scale * f.kw);
    f.height = (double)(scale * f.kh);
    return f;
}

/* Tile i, by rows. */
static dl__tile tile_of(const filters *f, int64_t i)
{
    int64_t plane = f->kh * f->kw, output = f->whole ? i : i / f->columns;
    int64_t input = f->whole ? 0 : i % f->columns;
    return (dl__tile){f->v + (output * f->inputs + input) * plane, f->kh, f->kw, plane,
                      f->whole ? (int32_t)f->inputs : 1};
}

static void draw(dl__svg *s, const filters *f, const char *title)
{
    char text[4 * DL__NUMBER + 128], most[DL__NUMBER];
    dl__range r = {NAN, NAN};
    for (int64_t i = 0; i < f->n; i++) {
        dl__tile t = tile_of(f, i);
        dl__range_widen(&r, &t);
    }
    dl__range_settle(&r, 1);
    double width = 2 * MARGIN + (f->width + GAP) * (double)f->columns - GAP, left = MARGIN;
    double height = TITLE + (f->height + GAP) * (double)f->rows - GAP + MARGIN;
    if (width < NARROWEST) {
        left += (NARROWEST - width) / 2;
        width = NARROWEST;
    }
    dl__svg_begin(s, (int)width, (int)height, title);
    int64_t shown = f->whole ? f->n : f->rows;
    snprintf(text, sizeof text, "%lld %s %lld, black \xe2\x88\x92%s, white %s", (long long)shown,
             f->whole ? "of" : "rows of", (long long)f->outputs, dl__fixed_text(most, r.high, 3),
             most);
    dl__svg_label(s, width / 2, 40, "middle", "soft", text, (int32_t)width / 6);
    for (int64_t i = 0; i < f->n && dl__ok(s->ctx); i++) {
        dl__tile t = tile_of(f, i);
        dl__svg_tile(s, &t, &r, left + (f->width + GAP) * (double)(i % f->columns),
                     TITLE + (f->height + GAP) * (double)(i / f->columns), f->width, f->height);
    }
    dl__svg_end(s);
}

dl_status dl_report_filters(dl_ctx *ctx, const char *path, const char *title, dl_tensor *weight)
{
    char shape[128];
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || !weight)
        return dl_fail(ctx, DL_EINVAL, "report_filters: %s is NULL", path ? "the weight" : "path");
    if (weight->ndim != 4 || dl__count_of(weight) == 0)
        return dl_fail(ctx, DL_ESHAPE,
                       "report_filters: the weight is %s, [O, I, kh, kw] without a 0 is wanted",
                       dl__shape_text(shape, sizeof shape, weight->dims, weight->ndim));
    double *v = dl__pixels_of(ctx, "report_filters", weight);
    if (!v)
        return ctx->status;
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    filters f = arrange(weight, v);
    draw(&s, &f, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__free(v);
    dl__svg_save(&s, path);
    return ctx->status;
}
