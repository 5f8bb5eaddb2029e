/* The gradient of the weights: the transposed patches times dy, as partial sums over blocks of
 * places. Their number depends on the shape alone, and they are added in the order of the
 * blocks. */
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/conv_parts.h"
#include "kernels/depthwise.h"
#include "kernels/slots.h"
#include "kernels/vector.h"

enum {
    BLOCKS_MAX = 32,          /* partial sums                        */
    BLOCK_ROWS = 512,         /* places of a block, at least         */
    PARTIAL_BYTES = 32 << 20, /* of all partial sums, about         */
    PART_OUTPUTS = 128,       /* outputs of an item, where blocks are few */
    ADD_ITEM = 1 << 13,       /* sums added up by one item           */
    CHUNK_ROWS = 192,         /* places of a chunk, at most          */
    CHUNK_ROWS_MIN = 96,
    CHUNK_BYTES = 4 << 20 /* of the patches of a chunk, about    */
};

typedef struct job {
    const dl__conv *g;
    dl__patches v;
    const struct dl__kernels *table;
    const char *x, *dy;
    char *partial, *dw;
    dl_dtype dt;
    int64_t size, depth, cols; /* columns of a patch and of dy, of a group */
    dl__conv_cut cut;
    int64_t part, parts, count;
    int plain;
    dl__depthwise_sums *depthwise;
    dl__slots slots;
} job;

/* One block of places, for all channels. */
static void depthwise_block(void *arg, int64_t item)
{
    const job *j = arg;
    const dl__taps *a = j->v.axis;
    const int64_t example = a[0].size * a[1].size * a[2].size * j->v.pixel;
    const int64_t begin = item * j->cut.block, all = dl__patches_rows(&j->v);
    const int64_t end = all - begin < j->cut.block ? all : begin + j->cut.block;
    char *to = j->partial + item * j->count * j->size;
    int64_t at[DL__CONV_AXES], n = dl__patches_place(&j->v, begin, at);
    memset(to, 0, (size_t)(j->count * j->size));
    for (int64_t i = begin; i < end;) {
        const int64_t left = a[2].places - at[2], some = end - i < left ? end - i : left;
        j->depthwise(&j->v, j->x + n * example, at, some, j->dy + i * j->v.pixel, to);
        n += dl__patches_step(&j->v, at, some);
        i += some;
    }
}

/* One block of places, for the outputs of one part of one group. */
static void block(void *arg, int64_t item)
{
    job *j = arg;
    const int64_t outputs = j->g->outputs;
    const int64_t part = item % j->parts * j->part, group = item / j->parts % j->g->groups;
    const int64_t number = item / j->parts / j->g->groups, begin = number * j->cut.block;
    const int64_t all = dl__patches_rows(&j->v);
    const int64_t end = all - begin < j->cut.block ? all : begin + j->cut.block;
    const int64_t cols = j->cols - part < j->part ? j->cols - part : j->part;
    const int64_t col = group * j->cols + part;
    const int32_t slot = dl__slots_take(&j->slots);
    char *work = dl__slots_at(&j->slots, slot);
    const char *x = j->x + group * j->v.width;
    dl__gemm_args g = {.m = j->depth, .n = cols, .a_row = 1, .b_row = outputs, .b_col = 1};
    g.c = j->partial + (number * j->count + col) * j->size;
    g.c_row = outputs;
    g.batch = 1;
    for (int64_t i = begin; i < end; i += g.k) {
        g.k = dl__conv_chunk(&j->cut, i, end);
        if (j->plain) {
            g.a = x + i * j->v.pixel;
            g.a_col = j->v.pixel / j->size;
        } else {
            dl__patches_fill(&j->v, x, i, g.k, work);
            g.a = work;
            g.a_col = j->depth;
        }
        g.b = j->dy + (i * outputs + col) * j->size;
        dl__conv_gemm(j->table, j->dt, g.m, g.n, g.k)(&g);
        g.accumulate = 1;
    }
    dl__slots_give(&j->slots, slot);
}

typedef struct addition {
    int64_t blocks, count;
    dl_dtype dt;
    const void *partial;
    void *dw;
} addition;

#define ADD(real)                                                                                  \
    {                                                                                              \
        real *to = (real *)j->dw;                                                                  \
        const real *from = (const real *)j->partial;                                               \
        memcpy(to + first, from + first, (size_t)(end - first) * sizeof(real));                    \
        for (int64_t b = 1; b < j->blocks; b++) {                                                  \
            from += j->count;                                                                      \
            DL__VECTOR_SMALL                                                                       \
            for (int64_t i = first; i < end; i++)                                                  \
                to[i] += from[i];                                                                  \
        }                                                                                          \
    }

static void add(void *arg, int64_t item)
{
    const addition *j = arg;
    const int64_t first = item * ADD_ITEM;
    const int64_t end = j->count - first < ADD_ITEM ? j->count : first + ADD_ITEM;
    if (j->dt == DL_F32)
        ADD(float)
    else
        ADD(double)
}

void dl__conv_add(dl_ctx *ctx, dl_dtype dt, int64_t blocks, int64_t count, const void *partial,
                  void *dw)
{
    addition j = {.blocks = blocks, .count = count, .dt = dt, .partial = partial, .dw = dw};
    dl__parallel(ctx, (count + ADD_ITEM - 1) / ADD_ITEM, add, &j);
}

static int64_t up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

dl__conv_cut dl__conv_cut_of(const dl__patches *v, int64_t depth, int64_t count, int64_t size,
                             int blas)
{
    const int64_t rows = dl__patches_rows(v), fit = PARTIAL_BYTES / (count * size) + 1;
    dl__conv_cut c = {.line = dl__patches_plain(v) ? 1 : v->axis[2].places};
    int64_t blocks = rows / BLOCK_ROWS + 1;
    blocks = blocks > BLOCKS_MAX ? BLOCKS_MAX : blocks;
    blocks = blocks > fit ? fit : blocks;
    c.chunk = CHUNK_BYTES / (depth * size);
    c.chunk = c.chunk > CHUNK_ROWS ? CHUNK_ROWS : c.chunk;
    c.chunk = c.chunk < CHUNK_ROWS_MIN ? CHUNK_ROWS_MIN : c.chunk;
    if (blas)
        c.chunk = dl__conv_tile_rows(depth * size);
    if (c.line > c.chunk)
        c.chunk = up(c.line, up(c.line, c.chunk)); /* even parts of a line */
    else
        c.chunk = c.chunk / c.line * c.line;
    c.block = up(up(rows, blocks), c.chunk) * c.chunk;
    c.blocks = up(rows, c.block);
    return c;
}

dl_status dl__conv_weight_patches(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                  const void *dy, const void *bias, void *dw)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    job j = {.g = g, .table = dl__kernels(ctx), .x = x, .dy = dy, .dw = dw, .dt = dt, .size = size};
    (void)bias;
    j.v = dl__conv_patches(g, size);
    j.plain = dl__patches_plain(&j.v);
    j.depth = dl__patches_taps(&j.v) * (g->channels / g->groups);
    j.cols = g->outputs / g->groups;
    j.count = j.depth * g->outputs;
    const int64_t rows = dl__patches_rows(&j.v);
    if (j.count == 0)
        return DL_OK;
    if (rows == 0) {
        memset(dw, 0, (size_t)(j.count * size));
        return DL_OK;
    }
    if (dl__conv_depthwise(g))
        j.depthwise = dl__depthwise_sums_of(dt);
    j.cut = dl__conv_cut_of(&j.v, j.depth, j.count, size, j.table->unit_strides);
    j.part = j.cut.blocks * g->groups < BLOCKS_MAX ? PART_OUTPUTS : j.cols;
    j.parts = (j.cols + j.part - 1) / j.part;
    const int64_t items = j.cut.blocks * g->groups * j.parts;
    int64_t bytes = 0, partial;
    if ((!j.plain && !dl__mul_i64(j.cut.chunk, j.depth * size, &bytes)) ||
        !dl__mul_i64(j.cut.blocks, j.count * size, &partial))
        return dl_fail(ctx, DL_ELIMIT, "conv: partial sums would have too many bytes");
    dl_status s = dl__slots_begin(&j.slots, ctx, bytes, items);
    if (s == DL_OK && j.cut.blocks > 1 && !(j.partial = dl__alloc(ctx, (size_t)partial)))
        s = ctx->status;
    if (s == DL_OK) {
        dl_ctx *threads = dl__conv_alone(g) ? NULL : ctx;
        j.partial = j.partial ? j.partial : dw;
        if (j.depthwise)
            dl__parallel(threads, j.cut.blocks, depthwise_block, &j);
        else
            dl__parallel(threads, items, block, &j);
        if (j.cut.blocks > 1)
            dl__conv_add(threads, dt, j.cut.blocks, j.count, j.partial, dw);
    }
    dl__slots_end(&j.slots);
    if (j.partial != j.dw)
        dl__free(j.partial);
    return s;
}
