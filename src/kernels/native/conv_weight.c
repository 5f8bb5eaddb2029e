/* The gradient of the weights. Rows are the columns of a patch: the same element of the patch of
 * one place after the other, a step apart; columns are outputs, b is dy. Cut as in
 * kernels/conv_weight.c: blocks of places, and in them chunks, each a chain of its own. An item is
 * a block, of one group, some rows and some panels. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_parts.h"
#include "kernels/native/conv.h"
#include "kernels/native/panels.h"
#include "kernels/native/places.h"
#include "kernels/slots.h"

enum {
    COPY_BYTES_MAX = 8 << 20,
    ITEMS = 64,
    ITEM_WORK = 1 << 19,   /* multiply-adds of an item, at least, if that leaves few items  */
    SUM_BYTES = 512 << 10, /* of the sums of an item, about                               */
    PANELS = 4,            /* of an item, at most                                         */
    ROWS = 24,             /* of an item, at least                                        */
    PACK_DEPTH = 64        /* rows from which it pays to pack dy                          */
};

typedef struct job {
    dl__places p;
    dl__panels panels;
    dl__conv_cut cut;
    const char *x, *dy;
    char *partial;
    dl_dtype dt;
    int64_t size, groups, outputs, channels; /* channels of a group */
    int64_t depth, cols, count;
    int64_t segments, length, *offsets; /* the taps */
    int64_t high, heights;              /* rows of an item   */
    int64_t some, shares;               /* panels of an item */
    int64_t starts, rows, panel, bytes; /* where these begin in a slot */
    dl__slots slots;
} job;

/* Pointers to `count` rows of a and c, from row m on. */
static void point(const job *j, int64_t m, int64_t count, const char *from, char *to,
                  const char **a, char **c)
{
    const int64_t width = j->outputs * j->size;
    for (int64_t i = 0; i < count; i++) {
        const int64_t run = (m + i) / j->length, at = (m + i) % j->length;
        a[i] = from + (j->offsets[run] + at) * j->size;
        c[i] = to + (m + i) * width;
    }
}

/* Places i .. i + k - 1: panels first .. end - 1. */
static void run_chunk(job *j, int64_t i, int64_t k, int64_t group, int64_t first, int64_t end,
                      int64_t rows, char *work, dl__micro_args *g)
{
    const dl__panels *panels = &j->panels;
    const char *dy = j->dy + (i * j->outputs + group * j->cols) * j->size;
    const char **a = (const char **)(void *)(work + j->rows);
    char **c = (char **)(void *)(a + j->high);
    for (int64_t q = first; q < end; q++) {
        const int64_t wide = dl__panel_vectors(panels, q) * panels->micro->lanes;
        g->b = dy + q * panels->wide * j->size;
        g->b_step = j->outputs;
        /* What a vector reads behind the columns is not used, but must be in dy. */
        const int64_t last = (i + k - 1) * j->outputs + group * j->cols + q * panels->wide;
        const int inside = last + wide <= j->p.rows * j->outputs;
        if (!inside || (j->outputs > wide && j->depth >= PACK_DEPTH)) {
            dl__panel_pack(panels, j->dt, q, k, dy, j->outputs, 1, work + j->panel);
            g->b = work + j->panel;
            g->b_step = wide;
        }
        dl__panel_run(panels, q, j->size, rows, (const void *const *)a, c, g);
    }
}

static void run(void *arg, int64_t item)
{
    job *j = arg;
    const int64_t share = item % j->shares * j->some, height = item / j->shares % j->heights;
    const int64_t group = item / j->shares / j->heights % j->groups;
    const int64_t block = item / j->shares / j->heights / j->groups;
    const int64_t begin = block * j->cut.block, m = height * j->high;
    const int64_t stop = begin + j->cut.block < j->p.rows ? begin + j->cut.block : j->p.rows;
    const int64_t rows = j->depth - m < j->high ? j->depth - m : j->high;
    const int64_t end = share + j->some < j->panels.n ? share + j->some : j->panels.n;
    const int32_t slot = dl__slots_take(&j->slots);
    char *work = dl__slots_at(&j->slots, slot);
    const char **starts = (const char **)(void *)(work + j->starts);
    const char **a = (const char **)(void *)(work + j->rows);
    int64_t *lines = (int64_t *)(void *)starts; /* the same memory: first pointers, then offsets */
    const char *x = j->x + group * j->p.v.width, *origin = j->p.direct ? x : work;
    dl__micro_args g = {.a_step = j->p.step, .a_offset = lines};
    point(j, m, rows, origin, j->partial + (block * j->count + group * j->cols) * j->size, a,
          (char **)(void *)(a + j->high));
    for (int64_t i = begin; i < stop;) {
        const int64_t k = dl__conv_chunk(&j->cut, i, stop);
        g.length = k < j->p.line ? k : j->p.line;
        g.segments = k / g.length;
        dl__places_read(&j->p, x, i, k, work, starts);
        for (int64_t s = 0; s < g.segments; s++)
            lines[s] = (starts[s] - origin) / j->size;
        run_chunk(j, i, k, group, share, end, rows, work, &g);
        g.flags = DL__MICRO_ADD;
        i += k;
    }
    dl__slots_give(&j->slots, slot);
}

static int64_t up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* Items by shape. 0 when the copies of a chunk are too large. */
static int cut(job *j)
{
    const int64_t line = j->p.line, chunk = j->cut.chunk, lanes = j->panels.micro->lanes;
    const int64_t lines = chunk < line ? 1 : chunk / line;
    const double work = (double)j->p.rows * (double)j->depth * (double)j->cols * (double)j->groups;
    const int64_t items = work / ITEM_WORK > ITEMS ? ITEMS : (int64_t)(work / ITEM_WORK) + 1;
    if (!dl__places_fit(&j->p, lines, chunk < line ? chunk : line) || j->p.bytes > COPY_BYTES_MAX)
        return 0;
    /* First the sums of an item into the cache, then enough items. */
    j->some = clamp(j->panels.n, 1, PANELS);
    j->high = clamp(SUM_BYTES / (j->some * j->panels.wide * j->size), ROWS, j->depth);
    const int64_t have = j->cut.blocks * j->groups;
    int64_t heights = up(j->depth, j->high);
    while (have * heights * up(j->panels.n, j->some) < items && j->high > ROWS) {
        if (j->some > 1 && j->some * j->panels.wide * 4 > j->high)
            j->some = up(j->some, 2);
        else
            heights *= 2;
        j->high = up(j->depth, heights);
    }
    j->high = up(j->depth, heights);
    j->heights = up(j->depth, j->high);
    j->shares = up(j->panels.n, j->some);
    j->starts = up(j->p.bytes, 64) * 64;
    j->rows = j->starts + up(lines, 8) * 64;
    j->panel = j->rows + up(j->high, 4) * 64;
    j->bytes = j->panel + chunk * 3 * lanes * j->size;
    return 1;
}

dl_status dl__native_conv_weight(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                 const void *dy, const void *bias, void *dw)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    job j = {.x = x, .dy = dy, .dt = dt, .size = size, .groups = g->groups, .outputs = g->outputs};
    const dl__patches v = dl__conv_patches(g, size);
    int64_t partial;
    j.channels = g->channels / g->groups;
    j.depth = dl__patches_taps(&v) * j.channels;
    j.cols = g->outputs / g->groups;
    j.count = j.depth * g->outputs;
    j.panels = dl__panels_of(dt, j.cols);
    if (j.count == 0 || dl__patches_rows(&v) == 0 || dl__conv_depthwise(g) ||
        !dl__places_init(&j.p, &v, size, DL__PLACES_MERGE))
        return dl__conv_weight_patches(ctx, dt, g, x, dy, bias, dw);
    j.cut = dl__conv_cut_of(&v, j.depth, j.count, size, 0);
    if (!cut(&j))
        return dl__conv_weight_patches(ctx, dt, g, x, dy, bias, dw);
    if (!dl__mul_i64(j.cut.blocks, j.count * size, &partial))
        return dl_fail(ctx, DL_ELIMIT, "conv: partial sums would have too many bytes");
    const int64_t items = j.cut.blocks * j.groups * j.heights * j.shares;
    char *sums = NULL;
    dl_status s = dl__slots_begin(&j.slots, ctx, j.bytes, items);
    j.offsets =
        s == DL_OK ? dl__alloc(ctx, (size_t)dl__patches_taps(&v) * sizeof *j.offsets) : NULL;
    if (j.offsets && j.cut.blocks > 1)
        sums = dl__alloc(ctx, (size_t)partial);
    if (j.offsets && (sums || j.cut.blocks == 1)) {
        dl_ctx *threads = dl__conv_alone(g) ? NULL : ctx;
        j.partial = sums ? sums : dw;
        j.segments = dl__places_segments(&j.p, &j.length, j.offsets);
        dl__parallel(threads, items, run, &j);
        if (sums)
            dl__conv_add(threads, dt, j.cut.blocks, j.count, sums, dw);
    } else {
        s = ctx->status;
    }
    dl__free(sums);
    dl__free(j.offsets);
    dl__slots_end(&j.slots);
    return s;
}
