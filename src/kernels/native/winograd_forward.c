/* Winograd convolution forward, and the gradient of x, which is a forward pass too: dy is the
 * input, the taps go backwards, channels and outputs change places.
 *
 * Tiles of x become (m + 2)^2 rows of V, one for each point; for each point there is a product
 * M = V U with the transformed weights; the rows of M become tiles of y. Each number of M is one
 * chain over the channels, so that no bit depends on how tiles are put together.
 *
 * Large weights become more numbers than the caches hold. Where the tiles of the whole batch fit
 * there, the weights go panel by panel: transformed, multiplied with all tiles, forgotten. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_parts.h"
#include "kernels/native/pack.h"
#include "kernels/native/winograd.h"
#include "kernels/slots.h"

enum {
    SKEW = 16, /* elements that keep rows and planes from the same places of the cache */
    SQUARE = DL__WINOGRAD_STEP,
    FEW_BLOCKS = 4, /* for each thread: with fewer, threads share a block */
    SHARE_TILES = 8,
    SHARE_ROWS = 112,
    SHARE_PANELS = 4,
    LARGE_WEIGHTS = 1 << 16, /* channels times outputs */
    CACHED_BYTES = 6 << 20   /* of V and M of all tiles, when the weights go panel by panel */
};

typedef struct job {
    dl__winograd_tiles g;
    const dl__winograd_kernels *k;
    const dl__micro *micro;
    const char *x, *w, *bias;
    char *y, *u;
    int backwards; /* w is [tap, output of the tiles, channel of the tiles] */
    int64_t u_plane, v_row, m_row, v_plane, m_plane;
    int64_t block, panels;
    dl__slots slots;
    /* of a block that threads share */
    int64_t first, count, row_parts, panel_parts;
    int by_panel;
    char *v, *m;
} job;

/* ---- weights --------------------------------------------------------------------------------- */

/* Elements before a panel of U, at each point. */
static int64_t before(const job *j, int64_t panel)
{
    return panel * 2 * j->micro->lanes * j->g.channels;
}

/* Channels k .. k + SQUARE - 1 of a panel of U, which begins at u. */
static void panel_rows(const job *j, int64_t panel, int64_t k, char *u)
{
    const int64_t channels = j->g.channels, outputs = j->g.outputs, size = j->g.size;
    const int64_t col = panel * 2 * j->micro->lanes, tap = channels * outputs;
    const int64_t width = dl__winograd_width(j->micro, outputs, panel);
    char *to = u + k * width * size;
    if (!j->backwards) {
        j->k->weights(j->w + (k * outputs + col) * size, tap, outputs, SQUARE, width, to, width,
                      j->u_plane);
        return;
    }
    /* Nine taps from the last, transposed in squares. */
    dl__pack *const pack = dl__pack_of(size == 4 ? DL_F32 : DL_F64);
    _Alignas(64) char turned[9 * SQUARE * SQUARE * sizeof(double)];
    for (int64_t i = 0; i < width; i += SQUARE) {
        const int64_t cols = width - i < SQUARE ? width - i : SQUARE;
        const char *from = j->w + ((col + i) * channels + k) * size;
        for (int64_t t = 0; t < 9; t++)
            pack(SQUARE, cols, SQUARE, from + (8 - t) * tap * size, 1, channels,
                 turned + t * SQUARE * SQUARE * size);
        j->k->weights(turned, SQUARE * SQUARE, SQUARE, SQUARE, cols, to + i * size, width,
                      j->u_plane);
    }
}

static void weights(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t panel = item % j->panels;
    panel_rows(j, panel, item / j->panels * SQUARE, j->u + before(j, panel) * j->g.size);
}

/* ---- a block --------------------------------------------------------------------------------- */

/* Tiles from .. end - 1 of the block that begins with tile first. */
static void transform_input(const job *j, int64_t first, int64_t from, int64_t end, char *v)
{
    const void *pixel[DL__WINOGRAD_POINTS];
    for (int64_t t = from; t < end; t++) {
        dl__winograd_pixels(&j->g, first + t, j->x, pixel);
        j->k->input(pixel, j->g.channels, v + t * j->v_row * j->g.size, j->v_plane);
    }
}

static void transform_output(const job *j, int64_t first, int64_t from, int64_t end, const char *m)
{
    const dl__winograd_tiles *g = &j->g;
    for (int64_t t = from; t < end; t++) {
        const int64_t n = (first + t) / g->image, in_image = (first + t) % g->image;
        const int64_t y = in_image / g->across * g->m, x = in_image % g->across * g->m;
        const int64_t rows = g->out[0] - y, cols = g->out[1] - x;
        char *to = j->y + ((n * g->out[0] + y) * g->out[1] + x) * g->outputs * g->size;
        j->k->output(m + t * j->m_row * g->size, j->m_plane, g->outputs, j->bias, to,
                     g->out[1] * g->outputs, rows < g->m ? rows : g->m, cols < g->m ? cols : g->m);
    }
}

/* Rows from .. end - 1 of M at a point, in some of the panels, the first of which begins at u. */
static void multiply(const job *j, int64_t point, int64_t from, int64_t end, int64_t panel,
                     int64_t panel_end, const char *u, const char *v, char *m)
{
    const int64_t skipped = before(j, panel);
    const int64_t size = j->g.size;
    dl__winograd_product p = {.micro = j->micro,
                              .size = size,
                              .rows = end - from,
                              .length = j->g.channels,
                              .a = v + (point * j->v_plane + from * j->v_row) * size,
                              .a_row = j->v_row,
                              .a_step = 1,
                              .c_row = j->m_row};
    for (; panel < panel_end; panel++) {
        const int64_t col = panel * 2 * j->micro->lanes;
        p.cols = p.b_step = dl__winograd_width(j->micro, j->g.outputs, panel);
        p.b = u + (point * j->u_plane + before(j, panel) - skipped) * size;
        p.c = m + (point * j->m_plane + from * j->m_row + col) * size;
        dl__winograd_multiply(&p);
    }
}

/* ---- each thread its blocks ------------------------------------------------------------------ */

static void block(void *arg, int64_t item)
{
    job *j = arg;
    const int64_t first = item * j->block, left = j->g.all - first;
    const int64_t count = left < j->block ? left : j->block;
    const int32_t slot = dl__slots_take(&j->slots);
    char *v = dl__slots_at(&j->slots, slot), *m = v + j->g.points * j->v_plane * j->g.size;
    transform_input(j, first, 0, count, v);
    for (int64_t point = 0; point < j->g.points; point++)
        multiply(j, point, 0, count, 0, j->panels, j->u, v, m);
    transform_output(j, first, 0, count, m);
    dl__slots_give(&j->slots, slot);
}

/* ---- all threads one block ------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void shared_input(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t from = item * SHARE_TILES;
    transform_input(j, j->first, from, least(from + SHARE_TILES, j->count), j->v);
}

static void shared_multiply(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t panel = item % j->panel_parts * SHARE_PANELS;
    const int64_t from = item / j->panel_parts % j->row_parts * SHARE_ROWS;
    multiply(j, item / j->panel_parts / j->row_parts, from, least(from + SHARE_ROWS, j->count),
             panel, least(panel + SHARE_PANELS, j->panels), j->u + before(j, panel) * j->g.size,
             j->v, j->m);
}

static void shared_output(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t from = item * SHARE_TILES;
    transform_output(j, j->first, from, least(from + SHARE_TILES, j->count), j->m);
}

static void run_shared(dl_ctx *ctx, job *j)
{
    j->v = dl__slots_at(&j->slots, 0);
    j->m = j->v + j->g.points * j->v_plane * j->g.size;
    j->panel_parts = (j->panels + SHARE_PANELS - 1) / SHARE_PANELS;
    for (j->first = 0; j->first < j->g.all; j->first += j->block) {
        j->count = least(j->block, j->g.all - j->first);
        j->row_parts = (j->count + SHARE_ROWS - 1) / SHARE_ROWS;
        const int64_t tiles = (j->count + SHARE_TILES - 1) / SHARE_TILES;
        dl__parallel(ctx, tiles, shared_input, j);
        dl__parallel(ctx, j->g.points * j->row_parts * j->panel_parts, shared_multiply, j);
        dl__parallel(ctx, tiles, shared_output, j);
    }
}

/* ---- panel by panel -------------------------------------------------------------------------- */

static void panel(void *arg, int64_t item)
{
    job *j = arg;
    const int32_t slot = dl__slots_take(&j->slots);
    char *u = dl__slots_at(&j->slots, slot);
    for (int64_t k = 0; k < j->g.channels; k += SQUARE)
        panel_rows(j, item, k, u);
    for (int64_t point = 0; point < j->g.points; point++)
        multiply(j, point, 0, j->count, item, item + 1, u, j->v, j->m);
    dl__slots_give(&j->slots, slot);
}

static void run_by_panel(dl_ctx *ctx, job *j)
{
    const int64_t tiles = (j->g.all + SHARE_TILES - 1) / SHARE_TILES;
    j->count = j->g.all;
    j->v = j->u;
    j->m = j->v + j->g.points * j->v_plane * j->g.size;
    dl__parallel(ctx, tiles, shared_input, j);
    dl__parallel(ctx, j->panels, panel, j);
    dl__parallel(ctx, tiles, shared_output, j);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Sizes of the planes, and memory for U and zeros; *bytes for a block. By panel: memory for V, M
 * and zeros; *bytes for a panel of U. */
static dl_status take(dl_ctx *ctx, job *j, int64_t *bytes)
{
    const int64_t channels = j->g.channels, outputs = j->g.outputs, size = j->g.size;
    const int64_t cols = j->by_panel ? least(outputs, 3 * j->micro->lanes) : outputs;
    int64_t u, v, m, fixed;
    j->v_row = channels + SKEW;
    j->m_row = outputs + SKEW;
    if (!dl__mul_i64(channels, cols, &u) || !dl__add_i64(u, SKEW, &j->u_plane) ||
        !dl__mul_i64(j->u_plane, j->g.points * size, &u) || !dl__mul_i64(j->v_row, j->block, &v) ||
        !dl__mul_i64(j->m_row, j->block, &m) || !dl__add_i64(v, m + 2 * SKEW, bytes) ||
        !dl__mul_i64(*bytes, j->g.points * size, bytes))
        return dl_fail(ctx, DL_ELIMIT, "conv: the tiles would have too many bytes");
    j->v_plane = v + SKEW;
    j->m_plane = m + SKEW;
    fixed = j->by_panel ? *bytes : u;
    *bytes = j->by_panel ? u : *bytes;
    if (!dl__add_i64(fixed, channels * size, &u))
        return dl_fail(ctx, DL_ELIMIT, "conv: the tiles would have too many bytes");
    if (!(j->u = dl__alloc(ctx, (size_t)u)))
        return ctx->status;
    j->g.zeros = memset(j->u + fixed, 0, (size_t)(channels * size));
    return DL_OK;
}

/* 1 when the tiles of all examples stay in the cache, and the transformed weights would not. */
static int goes_by_panel(const job *j, int32_t threads)
{
    const int64_t tile = j->g.points * j->g.size * (j->g.channels + j->g.outputs);
    return j->g.channels * j->g.outputs >= LARGE_WEIGHTS && j->panels >= threads &&
           j->g.all <= CACHED_BYTES / tile;
}

static dl_status run(dl_ctx *ctx, job *j, int alone)
{
    const int32_t threads = alone ? 1 : dl_ctx_threads(ctx);
    dl_ctx *others = alone ? NULL : ctx;
    int64_t bytes = 0, blocks;
    if (j->g.all == 0)
        return DL_OK;
    j->panels = dl__winograd_panels(j->micro, j->g.outputs);
    j->by_panel = goes_by_panel(j, threads);
    j->block = j->by_panel ? j->g.all : dl__winograd_block(&j->g);
    blocks = (j->g.all + j->block - 1) / j->block;
    const int shared = threads > 1 && !j->by_panel && blocks < FEW_BLOCKS * (int64_t)threads;
    if (shared) { /* as much memory as for a block of each thread */
        j->block *= least(threads, blocks);
        blocks = 1;
    }
    dl_status s = take(ctx, j, &bytes);
    if (s == DL_OK)
        s = dl__slots_begin(&j->slots, ctx, bytes, j->by_panel ? j->panels : blocks);
    if (s == DL_OK && j->by_panel) {
        run_by_panel(others, j);
    } else if (s == DL_OK) {
        dl__parallel(others, j->g.channels / SQUARE * j->panels, weights, j);
        if (shared)
            run_shared(ctx, j);
        else
            dl__parallel(others, blocks, block, j);
    }
    dl__slots_end(&j->slots);
    dl__free(j->u);
    return s;
}

dl_status dl__winograd_forward(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g,
                               const void *x, const void *w, const void *bias, void *y)
{
    job j = {.x = x, .w = w, .bias = bias, .y = y};
    j.g = dl__winograd_tiles_of(g, dt, m);
    j.k = dl__winograd_kernels_of(dt, m);
    j.micro = dl__micro_of(dt);
    return run(ctx, &j, dl__conv_alone(g));
}

dl_status dl__winograd_data(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g, const void *dy,
                            const void *w, const void *bias, void *dx)
{
    dl__conv turned = *g;
    turned.channels = g->outputs;
    turned.outputs = g->channels;
    memcpy(turned.in, g->out, sizeof g->out);
    memcpy(turned.out, g->in, sizeof g->in);
    for (int k = 1; k < DL__CONV_AXES; k++)
        turned.before[k] = 2 - g->before[k];
    job j = {.x = dy, .w = w, .bias = bias, .y = dx, .backwards = 1};
    j.g = dl__winograd_tiles_of(&turned, dt, m);
    j.k = dl__winograd_kernels_of(dt, m);
    j.micro = dl__micro_of(dt);
    return run(ctx, &j, dl__conv_alone(g));
}
