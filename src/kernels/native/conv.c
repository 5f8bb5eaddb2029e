/* Forward and data: one gathering, as in kernels/conv.c. Rows are places, columns outputs (data:
 * channels), b the weights, packed once for all items. An item is a tile of places, of one group,
 * and some panels of columns; few columns go another way from there (conv_few.h). */
#include "kernels/native/conv.h"
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_parts.h"
#include "kernels/native/conv_few.h"
#include "kernels/native/panels.h"
#include "kernels/native/places.h"
#include "kernels/slots.h"

enum {
    COPY_BYTES = 384 << 10, /* of the copies of a tile, about; more go to patches from ...  */
    COPY_BYTES_MAX = 8 << 20,
    TILE_MIN = 56, /* places */
    TILE_MAX = 512,
    ITEMS = 64,
    ITEM_WORK = 1 << 19, /* multiply-adds of an item, at least, if that leaves few items */
    PACK_FROM = 128, /* places from which packing pays also where weights could be read as are */
    DIRECT_BYTES = 512 << 10
};

typedef struct gathering {
    dl__places p;
    dl__panels panels;
    const char *a, *b, *bias;
    char *c;
    dl_dtype dt;
    int64_t size, groups, depth, cols; /* of a group: terms, columns                       */
    int64_t segments, length, *offsets;
    int64_t b_group, b_panel, b_step; /* elements from group to group, panel, row         */
    int64_t c_size[DL__CONV_AXES];    /* place j is entry c_first + j c_step of c ...     */
    int64_t c_first[DL__CONV_AXES];
    int64_t c_step[DL__CONV_AXES];
    int in_order;                      /* ... or entry j                                   */
    int64_t lines, part, parts;        /* of a tile: lines, or places of a part of a line  */
    int64_t tile, tiles, some, shares; /* places of a tile at most; panels of an item      */
    int64_t starts, rows, bytes;       /* where these begin in a slot                      */
    int few;                           /* columns: b is [group][column][term]              */
    dl__conv_few turned;
    dl__slots slots;
} gathering;

/* The entry of c where place `at` of example n goes. */
static int64_t entry_of(const gathering *j, int64_t n, const int64_t at[DL__CONV_AXES])
{
    for (int k = 0; k < DL__CONV_AXES; k++)
        n = n * j->c_size[k] + j->c_first[k] + at[k] * j->c_step[k];
    return n;
}

/* Pointers to the rows of a and c for places first .. first + count - 1. */
static void point(const gathering *j, int64_t first, int64_t count, int64_t group,
                  const char *const *starts, const char **a, char **c)
{
    const dl__patches *v = &j->p.v;
    const int64_t entry = j->groups * j->cols * j->size, line = j->p.line;
    const int64_t some = count < line ? count : line, step = j->p.step * j->size;
    const int64_t c_step = (j->in_order ? 1 : j->c_step[2]) * entry;
    int64_t at[DL__CONV_AXES], n = dl__patches_place(v, first, at);
    for (int64_t i = 0; i < count; i += some) {
        const int64_t to = j->in_order ? first + i : entry_of(j, n, at);
        const char *from = starts[i / some];
        char *row = j->c + to * entry + group * j->cols * j->size;
        for (int64_t k = 0; k < some; k++) {
            *a++ = from + k * step;
            *c++ = row + k * c_step;
        }
        n += dl__patches_step(v, at, some);
    }
}

static void gather_tile(void *arg, int64_t item)
{
    gathering *j = arg;
    const int64_t share = item % j->shares, group = item / j->shares % j->groups;
    const int64_t tile = item / j->shares / j->groups, line = j->p.line;
    const int64_t at = j->parts > 1 ? tile % j->parts * j->part : 0;
    const int64_t first = j->parts > 1 ? tile / j->parts * line + at : tile * j->lines * line;
    const int64_t left = j->parts > 1 ? line - at : j->p.rows - first;
    const int64_t count = left < j->tile ? left : j->tile;
    const int32_t slot = dl__slots_take(&j->slots);
    char *work = dl__slots_at(&j->slots, slot);
    const char **starts = (const char **)(void *)(work + j->starts);
    const char **a = (const char **)(void *)(work + j->rows);
    char **c = (char **)(void *)(a + j->tile);
    const char *x = j->a + group * j->p.v.width;
    if (j->depth > 0)
        dl__places_read(&j->p, x, first, count, work, starts);
    else
        for (int64_t i = 0; i < (j->parts > 1 ? 1 : j->lines); i++)
            starts[i] = x;
    point(j, first, count, group, starts, a, c);
    if (j->few) {
        const int64_t some = count < line ? count : line, col = group * j->cols;
        dl__conv_few_run(&j->turned, j->b + group * j->b_group * j->size,
                         j->bias ? j->bias + col * j->size : NULL, work, starts, count / some, some,
                         c);
        dl__slots_give(&j->slots, slot);
        return;
    }
    const int64_t end = (share + 1) * j->some;
    for (int64_t q = share * j->some; q < end && q < j->panels.n; q++) {
        const int64_t col = group * j->cols + q * j->panels.wide;
        dl__micro_args g = {.segments = j->segments,
                            .length = j->length,
                            .a_step = 1,
                            .a_offset = j->offsets,
                            .b = j->b + (group * j->b_group + q * j->b_panel) * j->size,
                            .b_step = j->b_step ? j->b_step
                                                : dl__panel_vectors(&j->panels, q) *
                                                      j->panels.micro->lanes,
                            .bias = j->bias ? j->bias + col * j->size : NULL,
                            .flags = j->bias ? DL__MICRO_BIAS : 0};
        dl__panel_run(&j->panels, q, j->size, count, (const void *const *)a, c, &g);
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

/* Tiles and items by shape. 0 when the copies of the smallest tile are too large. */
static int cut(gathering *j)
{
    const int64_t rows = j->p.rows, line = j->p.line, lines = rows / line;
    const double work = (double)rows * (double)j->depth * (double)j->cols * (double)j->groups;
    const int64_t items = work / ITEM_WORK > ITEMS ? ITEMS : (int64_t)(work / ITEM_WORK) + 1;
    int64_t tile = clamp(rows * j->groups / items, TILE_MIN, TILE_MAX);
    j->parts = 1;
    for (;;) {
        j->lines = clamp(tile / line, 1, lines);
        j->lines = up(lines, up(lines, j->lines));
        j->parts = line > tile + tile / 4 ? up(line, tile) : 1;
        j->part = up(line, j->parts);
        j->parts = up(line, j->part);
        if (!dl__places_fit(&j->p, j->lines, j->part))
            j->p.bytes = INT64_MAX;
        const int64_t reads = j->p.direct ? tile * j->p.v.width : j->p.bytes;
        if (reads <= COPY_BYTES || tile == 1)
            break;
        tile = tile > 16 ? tile * 3 / 4 : tile / 2;
    }
    j->tile = j->parts > 1 ? j->part : j->lines * line;
    j->tiles = j->parts > 1 ? lines * j->parts : up(lines, j->lines);
    j->some = clamp(j->tiles * j->groups * j->panels.n / items, 1, j->panels.n);
    j->shares = up(j->panels.n, j->some);
    j->starts = up(j->p.bytes, 64) * 64;
    j->rows = j->starts + j->lines * 8;
    j->bytes = j->rows + j->tile * 16;
    if (j->p.bytes > COPY_BYTES_MAX)
        return 0;
    if (j->few)
        j->bytes = dl__conv_few_memory(&j->turned, j->bytes);
    return 1;
}

static dl_status gather(dl_ctx *ctx, gathering *j, int alone)
{
    const int64_t items = j->tiles * j->groups * j->shares;
    const dl_status s = dl__slots_begin(&j->slots, ctx, j->bytes, items);
    if (s == DL_OK)
        dl__parallel(alone ? NULL : ctx, items, gather_tile, j);
    dl__slots_end(&j->slots);
    return s;
}

/* Weights in panels: [group][panel][tap][channel or output][column]. */
typedef struct packing {
    const gathering *j;
    const dl__conv *g;
    const char *w;
    char *to;
    const dl__conv_class *axis; /* data; NULL: forward */
} packing;

/* Tap number t of the gathering is this one of the weights. */
static int64_t tap_of(const packing *p, int64_t t)
{
    int64_t at[DL__CONV_AXES], tap = 0;
    if (!p->axis)
        return t;
    for (int k = DL__CONV_AXES - 1; k >= 0; k--) {
        at[k] = t % p->axis[k].taps.taps;
        t /= p->axis[k].taps.taps;
    }
    for (int k = 0; k < DL__CONV_AXES; k++)
        tap = tap * p->g->kernel[k] + p->axis[k].last - at[k] * p->axis[k].every;
    return tap;
}

/* One tap of one panel of one group. */
static void pack(void *arg, int64_t item)
{
    const packing *p = arg;
    const gathering *j = p->j;
    const dl__conv *g = p->g;
    const int64_t taps = dl__patches_taps(&j->p.v), terms = j->depth / taps;
    const int64_t tap = item % taps, q = item / taps % j->panels.n,
                  group = item / taps / j->panels.n;
    const int64_t wide = dl__panel_vectors(&j->panels, q) * j->panels.micro->lanes;
    const int64_t channels = g->channels / g->groups, outputs = g->outputs / g->groups;
    const int64_t from = tap_of(p, tap) * channels * g->outputs + group * outputs;
    const int64_t to = group * j->b_group + q * j->b_panel + tap * terms * wide;
    const int64_t term = p->axis ? 1 : g->outputs, col = p->axis ? g->outputs : 1;
    if (j->few)
        dl__conv_few_pack(&j->turned, j->dt, p->w + from * j->size, term, col,
                          p->to + (group * j->b_group + tap * terms) * j->size);
    else
        dl__panel_pack(&j->panels, j->dt, q, terms, p->w + from * j->size, term, col,
                       p->to + to * j->size);
}

/* b in panels, in memory for that. */
static void pack_all(dl_ctx *ctx, gathering *j, const dl__conv *g, const char *w,
                     const dl__conv_class *axis, char *memory)
{
    const int64_t lanes = j->panels.micro->lanes;
    packing p = {.j = j, .g = g, .w = w, .to = memory, .axis = axis};
    j->b = memory;
    j->b_step = 0;
    j->b_panel = j->depth * j->panels.wide;
    j->b_group = j->depth * j->panels.vectors * lanes;
    dl__parallel(ctx, dl__patches_taps(&j->p.v) * j->panels.n * j->groups, pack, &p);
}

/* 1 when whole vectors may be read from the weights as they are, and packing gives nothing. */
static int as_they_are(const gathering *j)
{
    const int64_t lanes = j->panels.micro->lanes;
    if (j->cols % lanes != 0)
        return 0;
    return (j->panels.n == 1 && j->groups == 1) ||
           (j->p.rows < PACK_FROM && j->depth * j->groups * j->cols * j->size <= DIRECT_BYTES);
}

/* Terms of a group from the entries of places; sizes of memory: offsets, two for each tap, then
 * panels. */
static dl_status memory_of(dl_ctx *ctx, int64_t taps, int64_t terms, const dl__panels *panels,
                           int64_t groups, int64_t size, int packed, char **memory)
{
    const int64_t sizes[] = {taps, terms, panels->vectors, panels->micro->lanes, groups, size};
    int64_t bytes = 0, all;
    if ((packed && !dl__count(sizes, 6, &bytes)) || !dl__mul_i64(taps, 16, &all) ||
        !dl__add_i64(all, 64, &all) || !dl__add_i64(all, bytes, &all))
        return dl_fail(ctx, DL_ELIMIT, "conv: the weights would have too many bytes");
    *memory = dl__alloc(ctx, (size_t)all);
    return *memory ? DL_OK : ctx->status;
}

/* The segments of a gathering that has terms. */
static void segment(gathering *j)
{
    if (j->few)
        dl__conv_few_terms(&j->turned, j->offsets);
    else
        j->segments = dl__places_segments(&j->p, &j->length, j->offsets);
}

/* Few columns do not pay for copies that nothing else needs. */
static int spread_of(const gathering *j)
{
    return j->panels.n > 1 ? DL__PLACES_SPREAD : 0;
}

dl_status dl__native_conv_forward(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                  const void *w, const void *bias, void *y)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    gathering j = {.a = x, .b = w, .bias = bias, .c = y, .dt = dt, .size = size};
    const dl__patches v = dl__conv_patches(g, size);
    const int64_t taps = dl__patches_taps(&v);
    if (dl__patches_rows(&v) == 0 || g->outputs == 0)
        return DL_OK;
    j.groups = g->groups;
    j.depth = taps * (g->channels / g->groups);
    j.cols = j.b_group = g->outputs / g->groups;
    j.b_step = g->outputs;
    j.panels = dl__panels_of(dt, j.cols);
    j.b_panel = j.panels.wide;
    j.in_order = 1;
    const int fits = dl__places_init(&j.p, &v, size, spread_of(&j) | DL__PLACES_MERGE);
    j.few = fits && j.depth > 0 && dl__conv_few_wanted(&j.turned, dt, &j.p, &j.panels);
    if (dl__conv_depthwise(g) || !fits || !cut(&j))
        return dl__conv_forward_patches(ctx, dt, g, x, w, bias, y);
    const int alone = dl__conv_alone(g);
    const int packed = j.depth > 0 && !as_they_are(&j);
    char *memory;
    dl_status s = memory_of(ctx, taps, j.depth / taps, &j.panels, j.groups, size, packed, &memory);
    if (s != DL_OK)
        return s;
    j.offsets = (int64_t *)(void *)memory;
    if (j.depth > 0)
        segment(&j);
    if (packed)
        pack_all(alone ? NULL : ctx, &j, g, w, NULL, memory + up(taps, 4) * 64);
    s = gather(ctx, &j, alone);
    dl__free(memory);
    return s;
}

/* The places of dx with remainder r along the axes. -1: too large for copies. */
static int run_class(dl_ctx *ctx, gathering *j, const dl__conv *g, const char *w,
                     const int64_t r[DL__CONV_AXES], char *memory, int64_t offsets, int alone)
{
    dl__conv_class axis[DL__CONV_AXES];
    dl__patches v = {
        .n = g->n, .pixel = g->outputs * j->size, .width = g->outputs / g->groups * j->size};
    for (int k = 0; k < DL__CONV_AXES; k++) {
        axis[k] = dl__conv_class_of(g, k, r[k]);
        v.axis[k] = axis[k].taps;
        j->c_first[k] = r[k];
    }
    const int64_t taps = dl__patches_taps(&v);
    j->depth = taps * (g->outputs / g->groups);
    const int flags = spread_of(j) | (j->in_order ? DL__PLACES_MERGE : 0);
    const int fits = dl__places_init(&j->p, &v, j->size, flags);
    if (j->p.rows == 0)
        return DL_OK;
    j->few = fits && j->depth > 0 && dl__conv_few_wanted(&j->turned, j->dt, &j->p, &j->panels);
    if (j->depth == 0)
        j->p.direct = 1; /* nothing is read */
    if ((!fits && j->depth > 0) || !cut(j))
        return -1;
    j->segments = 0;
    if (j->depth > 0) {
        segment(j);
        pack_all(alone ? NULL : ctx, j, g, w, axis, memory + offsets);
    }
    return gather(ctx, j, alone);
}

dl_status dl__native_conv_data(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *dy,
                               const void *w, const void *bias, void *dx)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    gathering j = {.a = dy, .bias = bias, .c = dx, .dt = dt, .size = size, .groups = g->groups};
    int64_t taps = 1, r[DL__CONV_AXES];
    if (g->channels == 0)
        return DL_OK;
    if (dl__conv_depthwise(g))
        return dl__conv_data_patches(ctx, dt, g, dy, w, bias, dx);
    j.cols = g->channels / g->groups;
    j.panels = dl__panels_of(dt, j.cols);
    memcpy(j.c_size, g->in, sizeof g->in);
    memcpy(j.c_step, g->stride, sizeof g->stride);
    j.in_order = g->stride[0] == 1 && g->stride[1] == 1 && g->stride[2] == 1;
    for (int k = 0; k < DL__CONV_AXES; k++) /* of the largest class */
        taps *= up(g->kernel[k], g->stride[k] / dl__conv_divisor(g->dilation[k], g->stride[k]));
    char *memory;
    int s = memory_of(ctx, taps, g->outputs / g->groups, &j.panels, j.groups, size, 1, &memory);
    if (s != DL_OK)
        return (dl_status)s;
    j.offsets = (int64_t *)(void *)memory;
    const int alone = dl__conv_alone(g);
    for (r[0] = 0; r[0] < g->stride[0] && r[0] < g->in[0]; r[0]++)
        for (r[1] = 0; r[1] < g->stride[1] && r[1] < g->in[1]; r[1]++)
            for (r[2] = 0; r[2] < g->stride[2] && r[2] < g->in[2]; r[2]++)
                if (s == DL_OK)
                    s = run_class(ctx, &j, g, w, r, memory, up(taps, 4) * 64, alone);
    dl__free(memory);
    return s < 0 ? dl__conv_data_patches(ctx, dt, g, dy, w, bias, dx) : (dl_status)s;
}
