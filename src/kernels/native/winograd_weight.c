/* Winograd convolution: the gradient of the weights. Tiles of x become rows of V, tiles of dy rows
 * of Q; for each point the product V^T Q, summed over the tiles, becomes nine taps.
 *
 * The tiles are cut into parts, by shape alone; the sum of a part is one chain over its tiles, and
 * the parts are added in order.
 *
 * Large weights have more sums than the caches hold. Where there is one part, and all of V and Q is
 * not much more, a square of the weights is computed at all points and becomes taps at once. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_parts.h"
#include "kernels/native/winograd.h"
#include "kernels/slots.h"

enum {
    PARTS_MAX = 32,
    PART_TILES = 128,        /* at least                    */
    PARTIAL_BYTES = 4 << 20, /* of the sums of parts, about */
    FEW_PARTS = 4,           /* for each thread: with fewer, threads share a part */
    SKEW = 16, /* elements that keep rows and planes from the same places of the cache */
    SHARE_TILES = 8,
    SHARE_CHANNELS = 64,
    CACHED_BYTES = 64 << 20, /* of V and Q of all tiles, at most, when all are made at once */
    FINISH = 1 << 10         /* weights of an item */
};

typedef struct job {
    dl__winograd_tiles g;
    const dl__winograd_kernels *k;
    const dl__micro *micro;
    const char *x, *dy;
    char *sums, *dw; /* sums [part, point, channel, output] */
    int64_t v_row, q_row, v_plane, q_plane, plane;
    int64_t part, parts, block; /* tiles of a part, parts, tiles of a block */
    int by_square;              /* sums [point, channel of SHARE_CHANNELS, output of a panel] */
    dl__slots slots;
    /* of a block that threads share */
    int64_t first, count;
    char *v, *q, *to;
    int chain;
} job;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Tiles from .. end - 1 of the block that begins with tile first. */
static void transform(const job *j, int64_t first, int64_t from, int64_t end, char *v, char *q)
{
    const void *pixel[DL__WINOGRAD_POINTS];
    for (int64_t t = from; t < end; t++) {
        dl__winograd_pixels(&j->g, first + t, j->x, pixel);
        j->k->input(pixel, j->g.channels, v + t * j->v_row * j->g.size, j->v_plane);
        dl__winograd_outputs(&j->g, first + t, j->dy, pixel);
        j->k->gradient(pixel, j->g.outputs, q + t * j->q_row * j->g.size, j->q_plane);
    }
}

/* Sums of channels from .. end - 1 and of a panel of outputs at a point, over the tiles of a
 * block, to sums, whose rows are `row` apart. */
static void multiply_panel(const job *j, int64_t point, int64_t from, int64_t end, int64_t panel,
                           int64_t tiles, const char *v, const char *q, char *sums, int64_t row,
                           int chain)
{
    const int64_t size = j->g.size, col = panel * 2 * j->micro->lanes;
    const dl__winograd_product p = {.micro = j->micro,
                                    .size = size,
                                    .rows = end - from,
                                    .cols = dl__winograd_width(j->micro, j->g.outputs, panel),
                                    .length = tiles,
                                    .a = v + (point * j->v_plane + from) * size,
                                    .b = q + (point * j->q_plane + col) * size,
                                    .c = sums,
                                    .a_row = 1,
                                    .a_step = j->v_row,
                                    .b_step = j->q_row,
                                    .c_row = row,
                                    .flags = chain ? DL__MICRO_CHAIN : 0};
    dl__winograd_multiply(&p);
}

/* sums[channels from .. end - 1, all outputs] of a point, over the tiles of a block. */
static void multiply(const job *j, int64_t point, int64_t from, int64_t end, int64_t tiles,
                     const char *v, const char *q, char *sums, int chain)
{
    const int64_t outputs = j->g.outputs, panels = dl__winograd_panels(j->micro, outputs);
    sums += (point * j->plane + from * outputs) * j->g.size;
    for (int64_t panel = 0; panel < panels; panel++)
        multiply_panel(j, point, from, end, panel, tiles, v, q,
                       sums + panel * 2 * j->micro->lanes * j->g.size, outputs, chain);
}

/* ---- each thread its parts ------------------------------------------------------------------- */

static void part(void *arg, int64_t item)
{
    job *j = arg;
    const int64_t begin = item * j->part, end = least(begin + j->part, j->g.all);
    const int32_t slot = dl__slots_take(&j->slots);
    char *v = dl__slots_at(&j->slots, slot), *q = v + j->g.points * j->v_plane * j->g.size;
    char *to = j->sums + item * j->g.points * j->plane * j->g.size;
    for (int64_t first = begin; first < end; first += j->block) {
        const int64_t count = least(j->block, end - first);
        transform(j, first, 0, count, v, q);
        for (int64_t point = 0; point < j->g.points; point++)
            multiply(j, point, 0, j->g.channels, count, v, q, to, first > begin);
    }
    dl__slots_give(&j->slots, slot);
}

/* ---- all threads one part -------------------------------------------------------------------- */

static void shared_transform(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t from = item * SHARE_TILES;
    transform(j, j->first, from, least(from + SHARE_TILES, j->count), j->v, j->q);
}

static void shared_multiply(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t from = item / j->g.points * SHARE_CHANNELS;
    multiply(j, item % j->g.points, from, least(from + SHARE_CHANNELS, j->g.channels), j->count,
             j->v, j->q, j->to, j->chain);
}

static void run_shared(dl_ctx *ctx, job *j)
{
    j->v = dl__slots_at(&j->slots, 0);
    j->q = j->v + j->g.points * j->v_plane * j->g.size;
    j->to = j->sums;
    for (int64_t begin = 0; begin < j->g.all; begin += j->part) {
        const int64_t end = least(begin + j->part, j->g.all);
        for (j->first = begin; j->first < end; j->first += j->block) {
            j->count = least(j->block, end - j->first);
            j->chain = j->first > begin;
            dl__parallel(ctx, (j->count + SHARE_TILES - 1) / SHARE_TILES, shared_transform, j);
            dl__parallel(ctx, (j->g.channels + SHARE_CHANNELS - 1) / SHARE_CHANNELS * j->g.points,
                         shared_multiply, j);
        }
        j->to += j->g.points * j->plane * j->g.size;
    }
}

/* ---- square by square ------------------------------------------------------------------------ */

static void square(void *arg, int64_t item)
{
    job *j = arg;
    const int64_t panels = dl__winograd_panels(j->micro, j->g.outputs), panel = item % panels;
    const int64_t from = item / panels * SHARE_CHANNELS, size = j->g.size;
    const int64_t end = least(from + SHARE_CHANNELS, j->g.channels);
    const int64_t width = dl__winograd_width(j->micro, j->g.outputs, panel);
    const int32_t slot = dl__slots_take(&j->slots);
    char *sums = dl__slots_at(&j->slots, slot);
    for (int64_t point = 0; point < j->g.points; point++)
        multiply_panel(j, point, from, end, panel, j->g.all, j->v, j->q,
                       sums + point * j->plane * size, width, 0);
    for (int64_t k = from; k < end; k++)
        j->k->finish(sums + (k - from) * width * size, j->plane, 1, 0, width,
                     j->dw + (k * j->g.outputs + panel * 2 * j->micro->lanes) * size,
                     j->g.channels * j->g.outputs);
    dl__slots_give(&j->slots, slot);
}

static int64_t squares(const job *j)
{
    return (j->g.channels + SHARE_CHANNELS - 1) / SHARE_CHANNELS *
           dl__winograd_panels(j->micro, j->g.outputs);
}

static void run_by_square(dl_ctx *ctx, job *j)
{
    j->count = j->g.all;
    j->v = j->sums;
    j->q = j->v + j->g.points * j->v_plane * j->g.size;
    dl__parallel(ctx, (j->count + SHARE_TILES - 1) / SHARE_TILES, shared_transform, j);
    dl__parallel(ctx, squares(j), square, j);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void finish(void *arg, int64_t item)
{
    const job *j = arg;
    const int64_t all = j->g.channels * j->g.outputs, from = item * FINISH;
    j->k->finish(j->sums + from * j->g.size, j->plane, j->parts, j->g.points * j->plane,
                 least(FINISH, all - from), j->dw + from * j->g.size, all);
}

/* Parts and blocks, and which way, for sums of so many bytes; 1 when threads are to share each
 * part. */
static int cut(job *j, int64_t bytes, int32_t threads)
{
    const int64_t fit = PARTIAL_BYTES / bytes + 1, many = j->g.all / PART_TILES + 1;
    const int64_t parts = least(least(fit, many), PARTS_MAX);
    const int64_t tile = j->g.points * j->g.size * (j->v_row + j->q_row);
    j->part = (j->g.all + parts - 1) / parts;
    j->parts = (j->g.all + j->part - 1) / j->part;
    j->by_square = fit == 1 && j->g.all <= least(2 * bytes, CACHED_BYTES) / tile;
    const int shared = threads > 1 && j->parts < FEW_PARTS * (int64_t)threads;
    j->block = j->by_square ? j->g.all
                            : least(dl__winograd_block(&j->g) * (shared ? threads : 1), j->part);
    return shared;
}

/* Sizes of the planes and memory for sums and zeros; *bytes for a block. By square: memory for V, Q
 * and zeros; *bytes for a square. */
static dl_status take(dl_ctx *ctx, job *j, int32_t threads, int *shared, int64_t *bytes)
{
    const int64_t channels = j->g.channels, outputs = j->g.outputs, size = j->g.size;
    const int64_t points = j->g.points, pixel = (channels > outputs ? channels : outputs) * size;
    int64_t sums, v, fixed, all;
    j->v_row = channels + SKEW;
    j->q_row = outputs + SKEW;
    if (!dl__mul_i64(channels, outputs, &sums) || !dl__add_i64(sums, SKEW, &j->plane) ||
        !dl__mul_i64(j->plane, points * size, &sums))
        return dl_fail(ctx, DL_ELIMIT, "conv: the partial sums would have too many bytes");
    *shared = cut(j, sums, threads);
    if (j->by_square) {
        j->plane = SHARE_CHANNELS * least(outputs, 3 * j->micro->lanes) + SKEW;
        sums = j->plane * points * size;
    }
    if (!dl__mul_i64(sums, j->parts, &sums) || !dl__mul_i64(j->v_row, j->block, &v) ||
        !dl__mul_i64(j->q_row, j->block, bytes) || !dl__add_i64(v, *bytes + 2 * SKEW, bytes) ||
        !dl__mul_i64(*bytes, points * size, bytes))
        return dl_fail(ctx, DL_ELIMIT, "conv: the partial sums would have too many bytes");
    j->v_plane = v + SKEW;
    j->q_plane = j->q_row * j->block + SKEW;
    fixed = j->by_square ? *bytes : sums;
    *bytes = j->by_square ? sums : *bytes;
    if (!dl__add_i64(fixed, pixel, &all))
        return dl_fail(ctx, DL_ELIMIT, "conv: the partial sums would have too many bytes");
    if (!(j->sums = dl__alloc(ctx, (size_t)all)))
        return ctx->status;
    j->g.zeros = memset(j->sums + fixed, 0, (size_t)pixel);
    return DL_OK;
}

dl_status dl__winograd_weight(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g, const void *x,
                              const void *dy, void *dw)
{
    job j = {.x = x, .dy = dy, .dw = dw};
    int64_t bytes = 0;
    int shared = 0;
    dl_ctx *others = dl__conv_alone(g) ? NULL : ctx;
    j.g = dl__winograd_tiles_of(g, dt, m);
    j.k = dl__winograd_kernels_of(dt, m);
    j.micro = dl__micro_of(dt);
    const int64_t weights = j.g.channels * j.g.outputs;
    if (j.g.all == 0) {
        memset(dw, 0, (size_t)(9 * weights * j.g.size));
        return DL_OK;
    }
    dl_status s = take(ctx, &j, others ? dl_ctx_threads(ctx) : 1, &shared, &bytes);
    if (s == DL_OK)
        s = dl__slots_begin(&j.slots, ctx, bytes, j.by_square ? squares(&j) : shared ? 1 : j.parts);
    if (s == DL_OK && j.by_square) {
        run_by_square(others, &j);
    } else if (s == DL_OK) {
        if (shared)
            run_shared(ctx, &j);
        else
            dl__parallel(others, j.parts, part, &j);
        dl__parallel(others, (weights + FINISH - 1) / FINISH, finish, &j);
    }
    dl__slots_end(&j.slots);
    dl__free(j.sums);
    return s;
}
