/* Pictures side by side. */
#include <math.h>
#include <string.h>
#include "core/memory.h"
#include "core/parallel.h"
#include "core/text.h"
#include "dl/ext.h"
#include "dl/report.h"
#include "report/pixels.h"

enum {
    SHOWN = 4096, /* pictures                                     */
    WIDE = 900,   /* about how wide the sheet may become          */
    LARGE = 96,   /* about how large small pictures are drawn     */
    GAP = 10,
    TITLE = 36,
    MARGIN = 12,
    LINE = 15,      /* of a caption                                 */
    LINES = 3,      /* of a caption that are shown                  */
    LETTERS = 26,   /* of a line that widen its place               */
    MOST = 200,     /* of a line that are shown                     */
    NARROWEST = 300 /* room for a title                            */
};
static const double LETTER = 6.4;

/* The sheet: a grid of equal places. */
typedef struct sheet {
    const dl_images_opts *o;
    double *v; /* [n, c, h, w] */
    int64_t n, c, h, w;
    int64_t columns;
    int32_t lines;        /* of the longest caption */
    double width, height; /* of a drawn picture     */
    double place;         /* width of a place, captions included */
    double gap;
} sheet;

static const char *caption_of(const sheet *g, int64_t i)
{
    return g->o && g->o->captions ? dl__svg_text(g->o->captions[i]) : "";
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What a net was given becomes what it was made from: v std + mean. */
static void undo(sheet *g)
{
    const double *mean = g->o ? g->o->mean : NULL, *std = g->o ? g->o->std : NULL;
    int64_t plane = g->h * g->w;
    if (!mean && !std)
        return;
    for (int64_t i = 0; i < g->n * g->c * plane; i++) {
        int64_t c = i / plane % g->c;
        g->v[i] = g->v[i] * (std ? std[c] : 1) + (mean ? mean[c] : 0);
    }
}

static dl__tile tile_of(const sheet *g, int64_t i)
{
    int64_t plane = g->h * g->w;
    return (dl__tile){g->v + i * g->c * plane, g->h, g->w, plane, (int32_t)g->c};
}

/* The range of picture i, or of all of them (i < 0). */
static dl__range range_of(const sheet *g, dl_dtype dt, int64_t i)
{
    int32_t kind = g->o ? g->o->range : DL_RANGE_FIXED;
    dl__range r = {0, dt == DL_U8 ? 255 : 1};
    if (kind == DL_RANGE_FIXED) {
        if (g->o && (g->o->low != 0 || g->o->high != 0))
            r = (dl__range){g->o->low, g->o->high};
        return r;
    }
    r = (dl__range){NAN, NAN};
    for (int64_t k = i < 0 ? 0 : i; k < (i < 0 ? g->n : i + 1); k++) {
        dl__tile t = tile_of(g, k);
        dl__range_widen(&r, &t);
    }
    dl__range_settle(&r, kind == DL_RANGE_ZERO);
    return r;
}

/* ---- the sheet ------------------------------------------------------------------------------- */

static void measure_captions(sheet *g)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < g->n; i++) {
        int32_t lines = 0;
        const char *p = caption_of(g, i);
        for (; *p && lines < LINES; lines++) {
            int64_t n = 0;
            for (; *p && *p != '\n'; p++)
                n += ((unsigned char)*p & 0xc0) != 0x80;
            longest = n > longest ? n : longest;
            p += *p == '\n';
        }
        g->lines = lines > g->lines ? lines : g->lines;
    }
    longest = longest < LETTERS ? longest : LETTERS;
    g->place = fmax(g->width, LETTER * (double)longest);
}

static void arrange(sheet *g)
{
    int64_t longest = g->h > g->w ? g->h : g->w;
    int64_t scale = g->o ? g->o->scale : 0;
    if (scale == 0)
        scale = longest < LARGE ? (LARGE + longest / 2) / longest : 1;
    g->width = (double)(scale * g->w);
    g->height = (double)(scale * g->h);
    g->gap = !g->o || g->o->gap == 0 ? GAP : g->o->gap == DL_OFF ? 0 : g->o->gap;
    measure_captions(g);
    g->columns = g->o ? g->o->columns : 0;
    if (g->columns == 0)
        g->columns = (int64_t)((WIDE + g->gap) / (g->place + g->gap));
    g->columns = g->columns < 1 ? 1 : g->columns < g->n ? g->columns : g->n;
}

/* At most LINES lines of at most so many letters as fit. */
static void draw_caption(dl__svg *s, const sheet *g, int64_t i, double middle, double top)
{
    char line[4 * (MOST + 1) + 1]; /* one more than is shown, so that it is seen to be cut */
    const char *p = caption_of(g, i);
    int32_t letters = (int32_t)fmin(g->place / LETTER + 0.5, MOST);
    for (int32_t k = 0; *p && k < LINES; k++) {
        size_t n = strcspn(p, "\n"), take = n < sizeof line - 1 ? n : sizeof line - 1;
        memcpy(line, p, take);
        line[take] = 0;
        dl__svg_label(s, middle, top + LINE * (k + 0.9), "middle",
                      k == 0 ? "caption first" : "caption", line, letters);
        p += n + (p[n] == '\n');
    }
}

static void draw(dl__svg *s, const sheet *g, dl_dtype dt, const char *title)
{
    double left = MARGIN, top = *title ? TITLE : MARGIN, x = g->place + g->gap;
    double y = g->height + g->gap + (g->lines ? LINE * g->lines + 6 : 0);
    double width = 2 * MARGIN + x * (double)g->columns - g->gap;
    int64_t rows = (g->n + g->columns - 1) / g->columns;
    if (width < NARROWEST) {
        left += (NARROWEST - width) / 2;
        width = NARROWEST;
    }
    dl__svg_begin(s, (int)width, (int)(top + y * (double)rows - g->gap) + MARGIN, title);
    dl__range all = range_of(g, dt, -1);
    for (int64_t i = 0; i < g->n && dl__ok(s->ctx); i++) {
        dl__tile t = tile_of(g, i);
        dl__range r = g->o && g->o->range == DL_RANGE_EACH ? range_of(g, dt, i) : all;
        double at = left + x * (double)(i % g->columns), down = top + y * (double)(i / g->columns);
        dl__svg_tile(s, &t, &r, at + (g->place - g->width) / 2, down, g->width, g->height);
        draw_caption(s, g, i, at + g->place / 2, down + g->height + 2);
    }
    dl__svg_end(s);
}

static dl_status check_opts(dl_ctx *ctx, const dl_images_opts *o)
{
    if (DL__RESERVED(ctx, "report_images", o) != DL_OK)
        return ctx->status;
    if (o->columns < 0 || o->scale < 0 || o->scale > 64 || o->gap < DL_OFF || o->gap > 1000 ||
        o->range < DL_RANGE_FIXED || o->range > DL_RANGE_ZERO)
        return dl_fail(ctx, DL_EINVAL,
                       "report_images: columns, scale, gap, range are %d, %d, %d, %d", o->columns,
                       o->scale, o->gap, o->range);
    if ((o->low != 0 || o->high != 0) && !(o->high > o->low && o->high - o->low < 1e300))
        return dl_fail(ctx, DL_EINVAL, "report_images: low wants to be below high");
    return DL_OK;
}

static dl_status check(dl_ctx *ctx, const char *path, const dl_tensor *t, const dl_images_opts *o)
{
    char shape[128];
    if (!path || !t)
        return dl_fail(ctx, DL_EINVAL, "report_images: %s is NULL", path ? "the tensor" : "path");
    if (o && check_opts(ctx, o) != DL_OK)
        return ctx->status;
    if (t->ndim != 4 || (t->dims[1] != 1 && t->dims[1] != 3) || dl__count_of(t) == 0)
        return dl_fail(ctx, DL_ESHAPE,
                       "report_images: the tensor is %s, [N, 1 or 3, H, W] without a 0 is wanted",
                       dl__shape_text(shape, sizeof shape, t->dims, t->ndim));
    if (t->dims[0] > SHOWN)
        return dl_fail(ctx, DL_ELIMIT, "report_images: %lld pictures, at most %d can be shown",
                       (long long)t->dims[0], SHOWN);
    return DL_OK;
}

dl_status dl_report_images(dl_ctx *ctx, const char *path, const char *title, dl_tensor *images,
                           const dl_images_opts *o)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(ctx, path, images, o) != DL_OK)
        return ctx->status;
    sheet g = {.o = o, .v = dl__pixels_of(ctx, "report_images", images)};
    if (!g.v)
        return ctx->status;
    g.n = images->dims[0];
    g.c = images->dims[1];
    g.h = images->dims[2];
    g.w = images->dims[3];
    dl__svg s = {.ctx = ctx};
    dl__fpmode host = dl__fpmode_enter();
    undo(&g);
    arrange(&g);
    draw(&s, &g, images->dtype, dl__svg_text(title));
    dl__fpmode_leave(host);
    dl__free(g.v);
    dl__svg_save(&s, path);
    return ctx->status;
}
