/* Products of the native engine. A task makes a tile of c: block after block of k, and in it panel
 * after panel of b. A panel lies in the L1 cache, on the stack, packed by the task that needs it
 * just before it does; the rows of the tile are many, so that this costs little, and no task waits
 * for another. a is read where it lies, or from a copy if its strides are bad for caches. Chains
 * of fma go on from block to block in c, so the bits are those of the plain engine. */
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/parallel.h"
#include "kernels/native/micro.h"
#include "kernels/native/native.h"
#include "kernels/native/pack.h"
#include "kernels/slots.h"

enum {
    DEPTH = 256,            /* terms of a block of k                                             */
    PANEL = DEPTH * 3 * 64, /* bytes: three of the widest vectors                               */
    TILE_ROWS = 168,
    TILE_COLS_MIN = 128,
    TILE_COLS_MAX = 512,
    TILE_WORK = 2 << 20, /* multiply-adds of a tile                                             */
    ALONE = 1 << 18,     /* multiply-adds in all below which waking threads costs more          */
    PART_ROWS = 32,      /* of a tile that is added to c only when its chains are complete      */
    PART_COLS = 64,
    ALIAS = 2048,   /* bytes; rows at multiples of it share few sets of the L1 cache             */
    SKEW = 16,      /* elements by which rows of a copy are longer, for that reason              */
    COPY_COLS = 96, /* columns of c from which copying a pays                                   */
    UNPACKED = 2    /* heights of tiles up to which b is read where it lies                      */
};

/* A product while it is computed. */
typedef struct product {
    dl__gemm_args g;
    const dl__micro *m;
    dl__pack *pack;
    dl_dtype dt;
    int64_t size; /* bytes of an element                               */
    /* The block of k in hand: */
    int64_t depth;
    const void *a; /* [m, depth] */
    int64_t a_row, a_col;
    int32_t flags;
} product;

static void *at(const void *base, int64_t element, int64_t size)
{
    return (void *)((uintptr_t)base + (uintptr_t)(element * size));
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Vectors of the panel that begins where `left` columns are left: two; three at the end, where one
 * would be left, or for so few rows that two have too few chains to hide how long an fma takes. */
static int panel_vectors(const product *p, int64_t left)
{
    const int64_t v = ceil_div(left, p->m->lanes);
    return v >= 3 && (v == 3 || p->g.m < 4) ? 3 : v >= 2 ? 2 : 1;
}

/* All rows against a panel of v vectors, n columns of which are there, from column j on. */
static void run_panel(const product *p, int v, int64_t j, int64_t n, const void *b, int64_t b_step)
{
    const dl__gemm_args *g = &p->g;
    const int64_t tiles = ceil_div(g->m, p->m->rows[v]);
    const void *a[16];
    void *c[16];
    const dl__micro_args t = {.segments = 1,
                              .length = p->depth,
                              .a = a,
                              .a_step = p->a_col,
                              .b = b,
                              .b_step = b_step,
                              .c = c,
                              .bias = g->bias ? at(g->bias, j, p->size) : NULL,
                              .cols = (int32_t)n,
                              .flags = p->flags};
    for (int64_t q = 0, first = 0; q < tiles; q++) {
        const int64_t rows = g->m / tiles + (q < g->m % tiles);
        for (int64_t i = 0; i < rows; i++) {
            a[i] = at(p->a, (first + i) * p->a_row, p->size);
            c[i] = at(g->c, (first + i) * g->c_row + j, p->size);
        }
        p->m->kernel[v][rows](&t);
        first += rows;
    }
}

/* The block of k that begins at k0. */
static void run_block(const product *p, int64_t k0, void *panel)
{
    const dl__gemm_args *g = &p->g;
    for (int64_t j = 0; j < g->n;) {
        const int v = panel_vectors(p, g->n - j);
        const int64_t width = (int64_t)v * p->m->lanes, n = smaller(width, g->n - j);
        const void *b = at(g->b, k0 * g->b_row + j * g->b_col, p->size);
        if (g->b_col == 1 && n == width && g->m <= UNPACKED * p->m->rows[v]) {
            run_panel(p, v, j, n, b, g->b_row);
        } else {
            p->pack(p->depth, n, width, b, g->b_row, g->b_col, panel);
            run_panel(p, v, j, n, panel, width);
        }
        j += n;
    }
}

/* 1 if rows or terms of a lie so that few of them fit into the L1 cache together. */
static int is_bad(const dl__gemm_args *g, int64_t size)
{
    const int64_t step = g->a_col == 1 ? g->a_row : g->a_col;
    return step * size % ALIAS == 0 && step != 0 && g->m > 4 && g->k > 16 && g->n >= COPY_COLS;
}

/* Bytes of the copy of a block of a. */
static int64_t copy_bytes(int64_t rows, int64_t size)
{
    return (rows + SKEW) * (DEPTH + SKEW) * size;
}

/* Points p->a to a copy of the block of k that begins at k0, where lines lie at other distances. */
static void copy_a(product *p, int64_t k0, void *copy)
{
    const dl__gemm_args *g = &p->g;
    const int along = g->a_col == 1;
    const int64_t lines = along ? g->m : p->depth, length = along ? p->depth : g->m;
    const int64_t step = length + SKEW, line = along ? g->a_row : g->a_col;
    const int64_t next = along ? g->a_col : g->a_row;
    const char *from = at(g->a, k0 * g->a_col, p->size);
    for (int64_t i = 0; i < lines; i++)
        p->pack(1, length, ceil_div(length, p->m->lanes) * p->m->lanes, at(from, i * line, p->size),
                0, next, at(copy, i * step, p->size));
    p->a = copy;
    p->a_row = along ? step : 1;
    p->a_col = along ? 1 : step;
}

/* copy: memory for copy_bytes of g->m rows, NULL if a is fine where it lies. */
static void multiply(const dl__gemm_args *g, dl_dtype dt, void *copy)
{
    char panel[PANEL] __attribute__((aligned(64)));
    product p = {.g = *g,
                 .m = dl__micro_of(dt),
                 .pack = dl__pack_of(dt),
                 .dt = dt,
                 .size = (int64_t)dl_dtype_size(dt),
                 .a_row = g->a_row,
                 .a_col = g->a_col};
    const int64_t blocks = g->k > 0 ? ceil_div(g->k, DEPTH) : 1;
    for (int64_t q = 0, k0 = 0; q < blocks; q++, k0 += p.depth) {
        p.depth = g->k / blocks + (q < g->k % blocks);
        p.flags = q ? DL__MICRO_CHAIN : 0;
        if (q + 1 == blocks)
            p.flags |= (g->bias ? DL__MICRO_BIAS : 0) | (g->accumulate ? DL__MICRO_ADD : 0);
        p.a = at(g->a, k0 * g->a_col, p.size);
        if (copy)
            copy_a(&p, k0, copy);
        run_block(&p, k0, panel);
    }
}

/* c += part, [rows, cols], part in rows of PART_COLS. */
static void add_part(dl_dtype dt, const void *part, void *c, int64_t c_row, int64_t rows,
                     int64_t cols)
{
    for (int64_t i = 0; i < rows; i++)
        if (dt == DL_F32)
            for (int64_t j = 0; j < cols; j++)
                ((float *)c)[i * c_row + j] += ((const float *)part)[i * PART_COLS + j];
        else
            for (int64_t j = 0; j < cols; j++)
                ((double *)c)[i * c_row + j] += ((const double *)part)[i * PART_COLS + j];
}

/* The old c is added behind chains of several blocks, so they cannot go on in c. */
__attribute__((noinline)) static void multiply_aside(const dl__gemm_args *g, dl_dtype dt)
{
    double part[PART_ROWS * PART_COLS] __attribute__((aligned(64)));
    const int64_t size = (int64_t)dl_dtype_size(dt);
    for (int64_t i = 0; i < g->m; i += PART_ROWS)
        for (int64_t j = 0; j < g->n; j += PART_COLS) {
            dl__gemm_args h = *g;
            h.m = smaller(g->m - i, PART_ROWS);
            h.n = smaller(g->n - j, PART_COLS);
            h.a = at(g->a, i * g->a_row, size);
            h.b = at(g->b, j * g->b_col, size);
            h.bias = g->bias ? at(g->bias, j, size) : NULL;
            h.c = part;
            h.c_row = PART_COLS;
            h.accumulate = 0;
            multiply(&h, dt, NULL);
            add_part(dt, part, at(g->c, i * g->c_row + j, size), g->c_row, h.m, h.n);
        }
}

static void multiply_any(const dl__gemm_args *g, dl_dtype dt, void *copy)
{
    if (g->accumulate && g->k > DEPTH)
        multiply_aside(g, dt);
    else
        multiply(g, dt, copy);
}

void dl__native_gemm_f32(const dl__gemm_args *g)
{
    multiply_any(g, DL_F32, NULL);
}

void dl__native_gemm_f64(const dl__gemm_args *g)
{
    multiply_any(g, DL_F64, NULL);
}

/* All products, cut into tiles. */
typedef struct plan {
    dl__gemm_args g;
    dl_dtype dt;
    int64_t size, rows, cols, n_rows, n_cols;
    int copies;
    dl__slots slots; /* copies of a */
} plan;

static void tile(void *arg, int64_t item)
{
    plan *p = arg;
    dl__gemm_args g = p->g;
    const int64_t col = item % p->n_cols * p->cols;
    const int64_t row = item / p->n_cols % p->n_rows * p->rows;
    const int64_t z = item / p->n_cols / p->n_rows;
    g.m = smaller(g.m - row, p->rows);
    g.n = smaller(g.n - col, p->cols);
    g.a = at(g.a, z * g.a_batch + row * g.a_row, p->size);
    g.b = at(g.b, z * g.b_batch + col * g.b_col, p->size);
    g.c = at(g.c, z * g.c_batch + row * g.c_row + col, p->size);
    if (g.bias)
        g.bias = at(g.bias, z * g.bias_batch + col, p->size);
    const int32_t slot = p->copies ? dl__slots_take(&p->slots) : 0;
    multiply_any(&g, p->dt, p->copies ? dl__slots_at(&p->slots, slot) : NULL);
    if (p->copies)
        dl__slots_give(&p->slots, slot);
}

/* n cut into parts of at most `most`, all about equal and multiples of `step`. */
static int64_t even_part(int64_t n, int64_t most, int64_t step)
{
    return ceil_div(ceil_div(n, ceil_div(n, most)), step) * step;
}

dl_status dl__native_gemm(dl_ctx *ctx, dl_dtype dt, const dl__gemm_args *g)
{
    plan p = {.g = *g, .dt = dt, .size = (int64_t)dl_dtype_size(dt)};
    const int64_t k = g->k > 0 ? g->k : 1;
    int64_t total = 0, items;
    p.rows = even_part(g->m, TILE_ROWS, 1);
    int64_t cols = TILE_WORK / p.rows / k;
    cols = cols < TILE_COLS_MIN ? TILE_COLS_MIN : smaller(cols, TILE_COLS_MAX);
    p.cols = even_part(g->n, cols, 32);
    p.n_rows = ceil_div(g->m, p.rows);
    p.n_cols = ceil_div(g->n, p.cols);
    if (!dl__mul_i64(p.n_rows * p.n_cols, g->batch, &items))
        return dl_fail(ctx, DL_ELIMIT, "gemm: too many products");
    if (!dl__mul_i64(g->m, g->n, &total) || !dl__mul_i64(total, k, &total) ||
        !dl__mul_i64(total, g->batch, &total))
        total = INT64_MAX;
    p.copies = is_bad(g, p.size) && !(g->accumulate && g->k > DEPTH);
    dl_ctx *pool = total < ALONE ? NULL : ctx;
    if (p.copies) {
        const dl_status s =
            dl__slots_begin(&p.slots, ctx, copy_bytes(p.rows, p.size), pool ? items : 1);
        if (s != DL_OK) {
            dl__slots_end(&p.slots);
            return s;
        }
    }
    dl__parallel(pool, items, tile, &p);
    if (p.copies)
        dl__slots_end(&p.slots);
    return DL_OK;
}
