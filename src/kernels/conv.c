/* Convolution by products: which engine, and the forward and data drivers. Both are one thing, a
 * gathering: rows of patches, a tile at a time, times a matrix of weights. With a stride s along an
 * axis, the places of dx fall into s classes by their remainder; those of a class read the same
 * taps, densely, so each class is a gathering of its own, and nothing is ever added twice to one
 * place. */
#include "kernels/conv_parts.h"
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/depthwise.h"
#include "kernels/plain/plain.h"
#include "kernels/slots.h"

enum {
    TILE_BYTES = 256 << 10, /* of patches in one tile, about        */
    TILE_ROWS_MIN = 96,
    TILE_ROWS_MAX = 384,
    PART_OUTPUTS = 128, /* outputs of an item, where there are few tiles */
    FEW_ITEMS = 32,
    SQUARE = 16,
    ALONE = 1 << 17 /* multiply-adds below which waking other threads costs more than it gives */
};

int64_t dl__conv_tile_rows(int64_t row_bytes)
{
    const int64_t rows = TILE_BYTES / (row_bytes > 0 ? row_bytes : 1) / 16 * 16;
    return rows < TILE_ROWS_MIN ? TILE_ROWS_MIN : rows > TILE_ROWS_MAX ? TILE_ROWS_MAX : rows;
}

dl__gemm_kernel *dl__conv_gemm(const struct dl__kernels *table, dl_dtype dt, int64_t m, int64_t n,
                               int64_t k)
{
    const int small = !table->unit_strides || k > INT32_MAX || n * k * (m + 8) <= table->small;
    const struct dl__kernels *t = small ? &dl__kernels_plain : table;
    return dt == DL_F32 ? t->gemm_f32 : t->gemm_f64;
}

int dl__conv_alone(const dl__conv *g)
{
    const int64_t sizes[] = {g->n, g->out[0] * g->out[1] * g->out[2],
                             g->kernel[0] * g->kernel[1] * g->kernel[2], g->channels / g->groups,
                             g->outputs};
    int64_t all;
    return dl__count(sizes, 5, &all) && all < ALONE;
}

/* A gathering: c[place, o] = patches of a . b + bias, for each group. */
typedef struct gathering {
    dl__patches v;
    const struct dl__kernels *table;
    const char *a, *b, *bias;
    char *c;
    dl_dtype dt;
    int64_t size;                   /* bytes of an element */
    int64_t groups, depth, cols;    /* of a group: columns of a patch, of c */
    int64_t b_group, b_row;         /* elements from group to group, row to row of b */
    int64_t c_size[DL__CONV_AXES];  /* place j of the patches is entry ... */
    int64_t c_first[DL__CONV_AXES]; /* ... c_first + j c_step of c ...     */
    int64_t c_step[DL__CONV_AXES];
    int direct, plain; /* ... in order, without gaps; patches are rows of a */
    int64_t tile, tiles, part, parts;
    dl__depthwise_line *depthwise; /* then b is [tap, channel], and there is one group for all */
    dl__slots slots;
} gathering;

/* n rows of bytes, row and to_row apart. */
static void copy_rows(int64_t n, int64_t bytes, const char *from, char *to, int64_t to_row)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * to_row, from + i * bytes, (size_t)bytes);
}

/* The entry of c where place `at` of example n goes. */
static int64_t entry_of(const gathering *j, int64_t n, const int64_t at[DL__CONV_AXES])
{
    for (int k = 0; k < DL__CONV_AXES; k++)
        n = n * j->c_size[k] + j->c_first[k] + at[k] * j->c_step[k];
    return n;
}

/* Rows of work [rows, cols] to their places in c. */
static void scatter(const gathering *j, int64_t first, int64_t rows, const char *work, int64_t col,
                    int64_t cols)
{
    const int64_t bytes = cols * j->size, entry = j->groups * j->cols * j->size;
    int64_t at[DL__CONV_AXES], n = dl__patches_place(&j->v, first, at);
    while (rows > 0) {
        const int64_t left = j->v.axis[2].places - at[2], some = rows < left ? rows : left;
        copy_rows(some, bytes, work, j->c + entry_of(j, n, at) * entry + col * j->size,
                  j->c_step[2] * entry);
        n += dl__patches_step(&j->v, at, some);
        work += some * bytes;
        rows -= some;
    }
}

static void depthwise_tile(void *arg, int64_t item)
{
    const gathering *j = arg;
    const dl__taps *a = j->v.axis;
    const int64_t example = a[0].size * a[1].size * a[2].size * j->v.pixel, first = item * j->tile;
    int64_t rows = dl__patches_rows(&j->v) - first;
    int64_t at[DL__CONV_AXES], n = dl__patches_place(&j->v, first, at);
    rows = rows < j->tile ? rows : j->tile;
    while (rows > 0) {
        const int64_t left = a[2].places - at[2], some = rows < left ? rows : left;
        j->depthwise(&j->v, j->a + n * example, at, some, j->b, j->bias,
                     j->c + entry_of(j, n, at) * j->v.pixel, j->c_step[2] * j->cols);
        n += dl__patches_step(&j->v, at, some);
        rows -= some;
    }
}

static void gather_tile(void *arg, int64_t item)
{
    gathering *j = arg;
    const int64_t part = item % j->parts * j->part, group = item / j->parts % j->groups;
    const int64_t first = item / j->parts / j->groups * j->tile;
    const int64_t left = dl__patches_rows(&j->v) - first, rows = left < j->tile ? left : j->tile;
    const int64_t cols = j->cols - part < j->part ? j->cols - part : j->part;
    const int64_t col = group * j->cols + part, width = j->groups * j->cols;
    const int32_t slot = dl__slots_take(&j->slots);
    char *work = dl__slots_at(&j->slots, slot), *result = work;
    const char *a = j->a + group * j->v.width;
    dl__gemm_args g = {.m = rows, .n = cols, .k = j->depth, .a_col = 1, .b_col = 1, .batch = 1};
    if (j->plain) {
        g.a = a + first * j->v.pixel;
        g.a_row = j->v.pixel / j->size;
    } else {
        dl__patches_fill(&j->v, a, first, rows, work);
        g.a = work;
        g.a_row = j->depth;
        result = work + j->tile * j->depth * j->size;
    }
    g.b = j->b + (group * j->b_group + part) * j->size;
    g.b_row = j->b_row;
    g.c = j->direct ? j->c + (first * width + col) * j->size : result;
    g.c_row = j->direct ? width : cols;
    g.bias = j->bias ? j->bias + col * j->size : NULL;
    dl__conv_gemm(j->table, j->dt, rows, cols, j->depth)(&g);
    if (!j->direct)
        scatter(j, first, rows, result, col, cols);
    dl__slots_give(&j->slots, slot);
}

static dl_status gather(dl_ctx *ctx, gathering *j, int alone)
{
    const int64_t rows = dl__patches_rows(&j->v);
    int64_t bytes = 0, more;
    if (rows == 0 || j->cols == 0)
        return DL_OK;
    j->plain = dl__patches_plain(&j->v);
    j->tile = dl__conv_tile_rows(j->depthwise ? j->v.pixel : j->depth * j->size);
    j->tile = rows < j->tile ? rows : j->tile;
    j->tiles = (rows + j->tile - 1) / j->tile;
    if (j->depthwise) {
        dl__parallel(alone ? NULL : ctx, j->tiles, depthwise_tile, j);
        return DL_OK;
    }
    j->part = j->tiles * j->groups < FEW_ITEMS ? PART_OUTPUTS : j->cols;
    j->parts = (j->cols + j->part - 1) / j->part;
    if ((!j->plain && !dl__mul_i64(j->tile, j->depth * j->size, &bytes)) ||
        (!j->direct &&
         (!dl__mul_i64(j->tile, j->part * j->size, &more) || !dl__add_i64(bytes, more, &bytes))))
        return dl_fail(ctx, DL_ELIMIT, "conv: a tile of patches would have too many bytes");
    const int64_t items = j->tiles * j->groups * j->parts;
    const dl_status s = dl__slots_begin(&j->slots, ctx, bytes, items);
    if (s == DL_OK)
        dl__parallel(alone ? NULL : ctx, items, gather_tile, j);
    dl__slots_end(&j->slots);
    return s;
}

/* One group of all channels. */
static void make_depthwise(gathering *j, const dl__conv *g)
{
    j->depthwise = dl__depthwise_line_of(j->dt);
    j->groups = 1;
    j->cols = g->channels;
    j->v.width = j->v.pixel;
}

dl_status dl__conv_forward_patches(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                   const void *w, const void *bias, void *y)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    gathering j = {.table = dl__kernels(ctx), .a = x, .b = w, .bias = bias, .c = y, .dt = dt};
    j.v = dl__conv_patches(g, size);
    j.size = size;
    j.groups = g->groups;
    j.depth = dl__patches_taps(&j.v) * (g->channels / g->groups);
    j.cols = j.b_group = g->outputs / g->groups;
    j.b_row = g->outputs;
    j.direct = 1;
    memcpy(j.c_size, g->out, sizeof g->out);
    for (int k = 0; k < DL__CONV_AXES; k++)
        j.c_step[k] = 1;
    if (dl__conv_depthwise(g))
        make_depthwise(&j, g);
    return gather(ctx, &j, dl__conv_alone(g));
}

dl__patches dl__conv_patches(const dl__conv *g, int64_t size)
{
    dl__patches v = {
        .n = g->n, .pixel = g->channels * size, .width = g->channels / g->groups * size};
    for (int k = 0; k < DL__CONV_AXES; k++)
        v.axis[k] = (dl__taps){.places = g->out[k],
                               .taps = g->kernel[k],
                               .step = g->stride[k],
                               .start = -g->before[k],
                               .gap = g->dilation[k],
                               .size = g->in[k]};
    return v;
}

/* ---- data ------------------------------------------------------------------------------------ */

int64_t dl__conv_divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

dl__conv_class dl__conv_class_of(const dl__conv *g, int k, int64_t r)
{
    const int64_t s = g->stride[k], d = g->dilation[k], both = dl__conv_divisor(d, s);
    dl__conv_class c = {.every = s / both};
    c.taps = (dl__taps){.places = (g->in[k] - r + s - 1) / s, .step = 1, .gap = d / both};
    c.taps.size = g->out[k];
    /* Tap t of index r + s j reads place (r + before - t d) / s + j. */
    int64_t first = 0;
    const int64_t candidates = c.every < g->kernel[k] ? c.every : g->kernel[k];
    while (first < candidates && (r + g->before[k] - first * d) % s != 0)
        first++;
    if (first == candidates)
        return c;
    c.taps.taps = (g->kernel[k] - 1 - first) / c.every + 1;
    c.last = first + (c.taps.taps - 1) * c.every;
    c.taps.start = (r + g->before[k] - c.last * d) / s;
    return c;
}

/* What the classes share. */
typedef struct data_job {
    const dl__conv *g;
    gathering j;
    dl__conv_class axis[DL__CONV_AXES];
    const char *w;
    char *packed; /* [group][tap of the class][output of the group][channel of the group] */
} data_job;

/* to[outputs, channels] = from[channels, outputs of all groups] transposed, in squares that stay in
 * the cache. */
#define TURN(real)                                                                                 \
    for (int64_t o = 0; o < outputs; o += SQUARE)                                                  \
        for (int64_t c = 0; c < channels; c += SQUARE) {                                           \
            const int64_t end_o = o + SQUARE < outputs ? o + SQUARE : outputs;                     \
            const int64_t end_c = c + SQUARE < channels ? c + SQUARE : channels;                   \
            for (int64_t i = c; i < end_c; i++)                                                    \
                for (int64_t k = o; k < end_o; k++)                                                \
                    ((real *)(void *)to)[k * channels + i] =                                       \
                        ((const real *)(const void *)from)[i * g->outputs + k];                    \
        }

/* The weights of one tap of the class, in one group, transposed. */
static void pack_tap(void *arg, int64_t item)
{
    const data_job *p = arg;
    const dl__conv *g = p->g;
    const int64_t taps = dl__patches_taps(&p->j.v), size = p->j.size;
    const int64_t channels = g->channels / g->groups, outputs = g->outputs / g->groups;
    const int64_t group = item / taps;
    int64_t t = item % taps, at[DL__CONV_AXES], tap = 0;
    for (int k = DL__CONV_AXES - 1; k >= 0; k--) {
        at[k] = t % p->axis[k].taps.taps;
        t /= p->axis[k].taps.taps;
    }
    for (int k = 0; k < DL__CONV_AXES; k++)
        tap = tap * g->kernel[k] + p->axis[k].last - at[k] * p->axis[k].every;
    if (p->j.depthwise) {
        memcpy(p->packed + item * g->channels * size, p->w + tap * g->channels * size,
               (size_t)(g->channels * size));
        return;
    }
    const char *from = p->w + (tap * channels * g->outputs + group * outputs) * size;
    char *to = p->packed + item * outputs * channels * size;
    if (size == 4)
        TURN(float)
    else
        TURN(double)
}

/* The places of dx with remainder r along the axes. */
static dl_status run_class(dl_ctx *ctx, data_job *p, const int64_t r[DL__CONV_AXES])
{
    const dl__conv *g = p->g;
    gathering *j = &p->j;
    j->direct = 1;
    for (int k = 0; k < DL__CONV_AXES; k++) {
        p->axis[k] = dl__conv_class_of(g, k, r[k]);
        j->v.axis[k] = p->axis[k].taps;
        j->c_first[k] = r[k];
        j->direct &= g->stride[k] == 1;
    }
    const int64_t taps = dl__patches_taps(&j->v);
    j->depth = taps * (g->outputs / g->groups);
    j->b_group = j->depth * j->cols;
    dl__parallel(dl__conv_alone(g) ? NULL : ctx, taps * j->groups, pack_tap, p);
    return gather(ctx, j, dl__conv_alone(g));
}

dl_status dl__conv_data_patches(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *dy,
                                const void *w, const void *bias, void *dx)
{
    const int64_t size = dt == DL_F32 ? 4 : 8, channels = g->channels / g->groups;
    const int64_t sizes[] = {g->kernel[0], g->kernel[1], g->kernel[2], channels, g->outputs, size};
    int64_t bytes, r[DL__CONV_AXES];
    data_job p = {.g = g, .w = w};
    p.j = (gathering){.table = dl__kernels(ctx), .a = dy, .bias = bias, .c = dx, .dt = dt};
    p.j.v = (dl__patches){
        .n = g->n, .pixel = g->outputs * size, .width = g->outputs / g->groups * size};
    p.j.size = size;
    p.j.groups = g->groups;
    p.j.cols = p.j.b_row = channels;
    memcpy(p.j.c_size, g->in, sizeof g->in);
    memcpy(p.j.c_step, g->stride, sizeof g->stride);
    if (dl__conv_depthwise(g))
        make_depthwise(&p.j, g);
    if (!dl__count(sizes, 6, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "conv: the weights would have too many bytes");
    if (!(p.packed = dl__alloc(ctx, (size_t)bytes)))
        return ctx->status;
    p.j.b = p.packed;
    dl_status s = DL_OK;
    for (r[0] = 0; r[0] < g->stride[0] && r[0] < g->in[0]; r[0]++)
        for (r[1] = 0; r[1] < g->stride[1] && r[1] < g->in[1]; r[1]++)
            for (r[2] = 0; r[2] < g->stride[2] && r[2] < g->in[2]; r[2]++)
                if (s == DL_OK)
                    s = run_class(ctx, &p, r);
    dl__free(p.packed);
    return s;
}

/* ---- the engine ------------------------------------------------------------------------------ */

dl_status dl__conv_forward(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                           const void *w, const void *bias, void *y)
{
    const struct dl__kernels *t = dl__kernels(ctx);
    if (!t)
        return dl_ctx_status(ctx);
    return (t->conv_forward ? t->conv_forward : dl__conv_forward_patches)(ctx, dt, g, x, w, bias,
                                                                          y);
}

dl_status dl__conv_data(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *dy, const void *w,
                        const void *bias, void *dx)
{
    const struct dl__kernels *t = dl__kernels(ctx);
    if (!t)
        return dl_ctx_status(ctx);
    return (t->conv_data ? t->conv_data : dl__conv_data_patches)(ctx, dt, g, dy, w, bias, dx);
}

dl_status dl__conv_weight(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                          const void *dy, const void *bias, void *dw)
{
    const struct dl__kernels *t = dl__kernels(ctx);
    if (!t)
        return dl_ctx_status(ctx);
    return (t->conv_weight ? t->conv_weight : dl__conv_weight_patches)(ctx, dt, g, x, dy, bias, dw);
}
