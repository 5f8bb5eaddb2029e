/* What layers give for an example. */
#include <math.h>
#include <stdio.h>
#include "core/memory.h"
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "dl/report.h"
#include "report/pixels.h"
#include "train/train.h"

enum {
    CHANNELS = 12, /* that are shown, unless asked for more  */
    ROWS = 200,
    WIDE = 880, /* of the page without margins            */
    SIDE = 64,  /* about how large a channel is drawn     */
    MOST = 64,  /* pixels of a channel that are kept      */
    BARS = 440, /* numbers of a vector that are shown     */
    BAR = 56,   /* height of the place for bars           */
    GAP = 4,
    MARGIN = 16,
    TITLE = 40,
    LABEL = 20, /* from the top of a row to what is in it */
    BELOW = 16
};

typedef struct sheet {
    dl__svg body;
    double y; /* where the next row begins */
    int32_t channels, most, rows;
    int64_t left_out;
    const dl_tensor *input;
    dl_tensor *last; /* what was shown last, kept */
} sheet;

/* ---- what a row shows ------------------------------------------------------------------------ */

/* A tile, and the place it takes from x on. */
static void draw_tile(sheet *g, const dl__tile *whole, double x, double y, const dl__range *r,
                      double size[2])
{
    dl__tile t;
    double *memory;
    size[0] = size[1] = 0;
    if (dl__tile_shrink(g->body.ctx, whole, MOST, &t, &memory) != DL_OK)
        return;
    int64_t longest = t.h > t.w ? t.h : t.w, scale = longest < SIDE ? SIDE / longest : 1;
    size[0] = (double)(scale * t.w);
    size[1] = (double)(scale * t.h);
    dl__svg_tile(&g->body, &t, r, x, y, size[0], size[1]);
    dl__free(memory);
}

/* [3, H, W] in colour. */
static void draw_picture(sheet *g, const double *v, int64_t h, int64_t w, const dl__range *r)
{
    const dl__tile t = {v, h, w, h * w, 3};
    double size[2];
    draw_tile(g, &t, MARGIN, g->y, r, size);
    g->y += size[1];
}

/* [C, H, W], the first so many channels over one range. */
static void draw_channels(sheet *g, const double *v, int64_t n, int64_t h, int64_t w,
                          const dl__range *r)
{
    double x = 0, y = 0, size[2] = {0, 0};
    for (int64_t c = 0; c < n && dl__ok(g->body.ctx); c++) {
        const dl__tile t = {v + c * h * w, h, w, h * w, 1};
        if (x > 0 && x + size[0] > WIDE) {
            x = 0;
            y += size[1] + GAP;
        }
        draw_tile(g, &t, MARGIN + x, g->y + y, r, size);
        x += size[0] + GAP;
    }
    g->y += y + size[1];
}

/* [C, L] as one picture, a row for each channel. */
static void draw_rows(sheet *g, const double *v, int64_t h, int64_t w, const dl__range *r)
{
    const dl__tile whole = {v, h, w, h * w, 1};
    dl__tile t;
    double *memory;
    if (dl__tile_shrink(g->body.ctx, &whole, BARS, &t, &memory) != DL_OK)
        return;
    int64_t longest = t.h > t.w ? t.h : t.w, scale = longest < BARS / 2 ? BARS / 2 / longest : 1;
    scale = scale < 8 ? scale : 8;
    dl__svg_tile(&g->body, &t, r, MARGIN, g->y, (double)(scale * t.w), (double)(scale * t.h));
    dl__free(memory);
    g->y += (double)(scale * t.h);
}

/* Bars of v[0..n) around 0; what is not finite has none. */
static void draw_bars(sheet *g, const double *v, int64_t n, const dl__range *r)
{
    dl__svg *s = &g->body;
    double wide = fmin(24, WIDE / (double)n), low = fmin(r->low, 0), high = fmax(r->high, 0);
    double zero = g->y + BAR * high / (high - low), gap = wide >= 4 ? 1 : 0;
    for (int sign = 0; sign < 2; sign++) {
        dl__svg_add(s, "<path class=\"cells\" fill=\"%s\" d=\"", dl__color[sign]);
        for (int64_t i = 0; i < n && dl__ok(s->ctx); i++) {
            if (!(fabs(v[i]) <= 1e300) || (v[i] < 0) != sign || v[i] == 0)
                continue;
            dl__svg_number(s, "M", MARGIN + wide * (double)i, " ");
            dl__svg_number(s, "", zero, "v");
            dl__svg_number(s, "", -BAR * v[i] / (high - low), "h");
            dl__svg_number(s, "", wide - gap, "V");
            dl__svg_number(s, "", zero, "z");
        }
        dl__svg_add(s, "\"/>\n");
    }
    dl__svg_line(s, MARGIN, zero, MARGIN + wide * (double)n, zero, "axis");
    g->y += BAR;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* "conv1 conv2d [1, 16, 32, 32], -1.2 to 3.4, 16 of 64 channels" */
static void draw_label(sheet *g, const char *path, const char *cls, const dl_tensor *t,
                       const dl__range *r, const char *more)
{
    char shape[128], text[2 * DL__NUMBER + 320], low[DL__NUMBER], high[DL__NUMBER];
    dl__svg *s = &g->body;
    dl__svg_number(s, "<text x=\"", MARGIN, "\"");
    dl__svg_number(s, " y=\"", g->y + 13, "\"");
    dl__svg_add(s, "><tspan class=\"panel\">");
    dl__svg_escape(s, *path ? path : "result", 60);
    dl__svg_add(s, "</tspan> <tspan class=\"soft\">");
    dl__shape_text(shape, sizeof shape, t->dims, t->ndim);
    if (r && r->low <= r->high)
        snprintf(text, sizeof text, " %.64s %s, %s to %s%s", cls, shape,
                 dl__fixed_text(low, r->low, 3), dl__fixed_text(high, r->high, 3), more);
    else
        snprintf(text, sizeof text, " %.64s %s%s", cls, shape, more);
    dl__svg_escape(s, text, 150);
    dl__svg_add(s, "</tspan></text>\n");
    g->y += LABEL;
}

/* The input in colour, whatever number of channels is wanted. */
static int is_picture(const sheet *g, const dl_tensor *t)
{
    return t == g->input && t->ndim == 4 && t->dims[1] == 3;
}

/* How many of t's channels are shown. */
static int64_t shown_of(const sheet *g, const dl_tensor *t)
{
    const int64_t most = is_picture(g, t) || t->ndim == 3 ? t->dims[1]
                         : t->ndim == 4                   ? g->channels
                                                          : BARS;
    return t->dims[1] < most ? t->dims[1] : most;
}

/* The first example of t, of 2 to 4 axes, v the numbers of the channels that are shown. */
static void draw_example(sheet *g, const char *path, const char *cls, const dl_tensor *t,
                         const double *v)
{
    char more[96] = "";
    int64_t n = t->dims[1], plane = 1, shown = shown_of(g, t);
    for (int32_t i = 2; i < t->ndim; i++)
        plane *= t->dims[i];
    if (shown < n)
        snprintf(more, sizeof more, ", the first %lld of %lld", (long long)shown, (long long)n);
    const dl__tile all = {v, shown, plane, 0, 1};
    dl__range r = {NAN, NAN}, settled;
    dl__range_widen(&r, &all);
    settled = r;
    dl__range_settle(&settled, 0);
    draw_label(g, path, cls, t, &r, more);
    if (is_picture(g, t))
        draw_picture(g, v, t->dims[2], t->dims[3], &settled);
    else if (t->ndim == 4)
        draw_channels(g, v, shown, t->dims[2], t->dims[3], &settled);
    else if (t->ndim == 3)
        draw_rows(g, v, n, plane, &settled);
    else
        draw_bars(g, v, shown, &settled);
}

/* Of another result only the label is shown. */
static int is_drawn(const sheet *g, const dl_tensor *t)
{
    return t->ndim >= 2 && t->ndim <= 4 && dl__count_of(t) > 0 && dl__is_float(t->dtype) &&
           dl__count_of(t) / t->dims[0] / t->dims[1] * shown_of(g, t) <= DL__PIXELS;
}

static void draw_result(sheet *g, const char *path, const char *cls, dl_tensor *t)
{
    dl_ctx *ctx = g->body.ctx;
    if (t == g->last)
        return;
    dl_tensor_drop(g->last);
    g->last = dl_tensor_keep(t);
    if (g->rows == g->most) {
        g->left_out++;
        return;
    }
    g->rows++;
    if (!is_drawn(g, t)) {
        draw_label(g, path, cls, t, NULL, "");
    } else {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *one = mark < 0 ? NULL : dl_slice(dl_select(t, 0, 0), 0, 0, shown_of(g, t), 1);
        double *v = one ? dl__pixels_of(ctx, "report_activations", one) : NULL;
        if (v)
            draw_example(g, path, cls, t, v);
        dl__free(v);
        dl_scope_end(ctx, mark);
    }
    g->y += BELOW;
}

static int32_t see(const dl_watch *w, void *user)
{
    dl__fpmode host = dl__fpmode_enter();
    if (w->n_in == 0 || w->out[0] != w->in[0])
        draw_result(user, w->path, dl_module_class_name(w->module), w->out[0]);
    dl__fpmode_leave(host);
    return 0;
}

/* ---- the picture ----------------------------------------------------------------------------- */

static dl_status check(dl_ctx *ctx, const char *path, const dl_module *m, const dl_tensor *x,
                       const dl_activations_opts *o)
{
    if (!path || !m || !x)
        return dl_fail(ctx, DL_EINVAL, "report_activations: %s is NULL",
                       !path ? "path"
                       : !m  ? "the module"
                             : "x");
    if (dl_module_ctx(m) != ctx || x->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "report_activations: %s is of another context",
                       x->base.ctx != ctx ? "x" : "the module");
    if (dl__is_meta(x))
        return dl_fail(ctx, DL_ESTATE, "report_activations: x is a meta tensor, it has no data");
    if (ctx->pending)
        return dl_fail(ctx, DL_ESTATE, "report_activations: a module is running");
    if (!o || DL__RESERVED(ctx, "report_activations", o) != DL_OK)
        return ctx->status;
    if (o->channels < 0 || o->channels > 64 || o->rows < 0 || o->rows > 1000)
        return dl_fail(ctx, DL_EINVAL,
                       "report_activations: channels is %d, rows %d, at most 64 and 1000 are "
                       "possible",
                       (int)o->channels, (int)o->rows);
    return DL_OK;
}

/* Runs m on x as dl_evaluate would. */
static void run(sheet *g, dl_module *m, dl_tensor *x)
{
    dl_ctx *ctx = g->body.ctx;
    dl_tensor *y;
    unsigned char *modes = dl__modes_note(m);
    int32_t mark = modes ? dl_scope_begin(ctx) : -1;
    if (mark >= 0) {
        uint64_t ticket = ctx->ticket, fills = ctx->fills;
        int32_t recording = dl_grad_enable(ctx, 0);
        dl_module_train(m, 0);
        g->input = x;
        draw_result(g, "input", "", x);
        dl_module_watch(m, &x, 1, &y, 1, see, g);
        dl_grad_enable(ctx, recording);
        ctx->ticket = ticket;
        ctx->fills = fills;
        dl_scope_end(ctx, mark);
    }
    dl__modes_put_back(m, modes);
}

dl_status dl_report_activations(dl_ctx *ctx, const char *path, const char *title, dl_module *m,
                                dl_tensor *x, const dl_activations_opts *o)
{
    char text[64];
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(ctx, path, m, x, o) != DL_OK)
        return ctx->status;
    sheet g = {.body = {.ctx = ctx},
               .y = TITLE,
               .channels = o && o->channels ? o->channels : CHANNELS,
               .most = o && o->rows ? o->rows : ROWS};
    dl__svg s = {.ctx = ctx};
    run(&g, m, x);
    dl_tensor_drop(g.last);
    if (g.left_out) {
        snprintf(text, sizeof text, "%lld more results", (long long)g.left_out);
        dl__svg_label(&g.body, MARGIN, g.y + 13, "start", "soft", text, sizeof text);
        g.y += LABEL;
    }
    dl__fpmode host = dl__fpmode_enter();
    dl__svg_begin(&s, WIDE + 2 * MARGIN, (int)g.y + MARGIN, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__text_bytes(&s, g.body.p ? g.body.p : "", g.body.n);
    dl__svg_end(&s);
    dl__free(g.body.p);
    dl__svg_save(&s, path);
    return ctx->status;
}
