/* The driver of matrix products: packs operands that an engine cannot read, cuts the batch into
 * tiles by shape alone and runs the tiles on the pool, one single-threaded kernel call each. */
#include "core/check.h"
#include "core/ctx.h"
#include "core/parallel.h"
#include "kernels/kernels.h"
#include "kernels/plain/plain.h"

enum {
    TILE_ROWS = 96,
    TILE_COLS_MIN = 128,
    TILE_COLS_MAX = 512,
    TILE_WORK = 2 << 20, /* of a tile, in the unit of work()                                    */
    ALONE = 1 << 18,     /* total work below which waking other threads costs more than it gives */
    PACK_ITEM = 1 << 14  /* elements copied by one item of packing                               */
};

typedef void (*kernel)(const dl__gemm_args *g);

typedef struct plan {
    dl__gemm_args g;
    kernel run;
    int64_t size;           /* bytes of an element                     */
    int64_t rows, cols;     /* of a tile                               */
    int64_t n_rows, n_cols; /* tiles of one product                    */
} plan;

typedef struct copy {
    const char *from;
    char *to;                                  /* [count][rows][cols], row-major */
    int64_t size, rows, cols, row, col, batch; /* strides of from */
    int64_t block, n_blocks;                   /* rows of one item, items of one matrix */
} copy;

/* About the time of m x n outputs with k terms each: reading b costs as much as 8 rows of
 * arithmetic. Saturates. */
static int64_t work(int64_t m, int64_t n, int64_t k)
{
    int64_t all;
    if (!dl__mul_i64(n, k, &all) || !dl__mul_i64(all, m + 8, &all))
        return INT64_MAX;
    return all;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

/* n cut into parts of at most `most`, all about equal and multiples of `step`. */
static int64_t even_part(int64_t n, int64_t most, int64_t step)
{
    int64_t part = ceil_div(n, ceil_div(n, most));
    return ceil_div(part, step) * step;
}

static void cut(plan *p)
{
    const dl__gemm_args *g = &p->g;
    p->rows = even_part(g->m, TILE_ROWS, 16);
    int64_t rows = g->m < p->rows ? g->m : p->rows;
    int64_t cols = TILE_WORK / work(rows, 1, g->k > 0 ? g->k : 1);
    cols = cols < TILE_COLS_MIN ? TILE_COLS_MIN : cols > TILE_COLS_MAX ? TILE_COLS_MAX : cols;
    p->cols = even_part(g->n, cols, 32);
    p->n_rows = ceil_div(g->m, p->rows);
    p->n_cols = ceil_div(g->n, p->cols);
}

static void *at(const void *base, int64_t element, int64_t size)
{
    return (void *)((uintptr_t)base + (uintptr_t)(element * size));
}

static void tile(void *arg, int64_t item)
{
    const plan *p = arg;
    dl__gemm_args g = p->g;
    int64_t col = item % p->n_cols * p->cols;
    int64_t row = item / p->n_cols % p->n_rows * p->rows;
    int64_t z = item / p->n_cols / p->n_rows;
    g.m = g.m - row < p->rows ? g.m - row : p->rows;
    g.n = g.n - col < p->cols ? g.n - col : p->cols;
    g.a = at(g.a, z * g.a_batch + row * g.a_row, p->size);
    g.b = at(g.b, z * g.b_batch + col * g.b_col, p->size);
    g.c = at(g.c, z * g.c_batch + row * g.c_row + col, p->size);
    if (g.bias)
        g.bias = at(g.bias, z * g.bias_batch + col, p->size);
    p->run(&g);
}

static void copy_rows(void *arg, int64_t item)
{
    const copy *c = arg;
    int64_t z = item / c->n_blocks, first = item % c->n_blocks * c->block;
    int64_t end = c->rows - first < c->block ? c->rows : first + c->block;
    for (int64_t i = first; i < end; i++) {
        const void *from = at(c->from, z * c->batch + i * c->row, c->size);
        void *to = at(c->to, (z * c->rows + i) * c->cols, c->size);
        if (c->size == sizeof(float))
            for (int64_t j = 0; j < c->cols; j++)
                ((float *)to)[j] = ((const float *)from)[j * c->col];
        else
            for (int64_t j = 0; j < c->cols; j++)
                ((double *)to)[j] = ((const double *)from)[j * c->col];
    }
}

/* 1 if BLAS can read the matrix [rows, cols] with these strides as it is, or transposed. */
static int readable(int64_t rows, int64_t cols, int64_t row, int64_t col)
{
    int plain = (col == 1 || cols == 1) && (row >= cols || rows == 1) && row <= INT32_MAX;
    int flipped = (row == 1 || rows == 1) && (col >= rows || cols == 1) && col <= INT32_MAX;
    return plain || flipped;
}

/* Replaces the operand *x by a row-major copy of all matrices of the batch. */
static dl_status pack(dl_ctx *ctx, const plan *p, int64_t rows, int64_t cols, const void **x,
                      int64_t *row, int64_t *col, int64_t *batch)
{
    int64_t count = *batch == 0 ? 1 : p->g.batch, bytes;
    const int64_t dims[] = {count, rows, cols, p->size};
    if (!dl__count(dims, 4, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "gemm: a packed operand would be too large");
    char *to = dl__alloc(ctx, (size_t)bytes);
    if (!to)
        return ctx->status;
    copy c = {*x, to, p->size, rows, cols, *row, *col, *batch, 0, 0};
    c.block = ceil_div(PACK_ITEM, cols);
    c.n_blocks = ceil_div(rows, c.block);
    dl__parallel(count * c.n_blocks > 1 ? ctx : NULL, count * c.n_blocks, copy_rows, &c);
    *x = to;
    *row = cols;
    *col = 1;
    *batch = *batch == 0 ? 0 : rows * cols;
    return DL_OK;
}

/* Chooses the kernel; packs what it cannot read. The copies are the caller's to free. */
static dl_status prepare(dl_ctx *ctx, const struct dl__kernels *table, dl_dtype dt, plan *p,
                         const void *packed[2])
{
    dl__gemm_args *g = &p->g;
    p->run = dt == DL_F32 ? table->gemm_f32 : table->gemm_f64;
    if (!table->unit_strides)
        return DL_OK;
    if (work(g->m, g->n, g->k) <= table->small || g->k > INT32_MAX || g->c_row > INT32_MAX ||
        g->c_row < g->n) {
        p->run = dt == DL_F32 ? dl__plain_gemm_f32 : dl__plain_gemm_f64;
        return DL_OK;
    }
    if (!readable(g->m, g->k, g->a_row, g->a_col)) {
        dl_status s = pack(ctx, p, g->m, g->k, &g->a, &g->a_row, &g->a_col, &g->a_batch);
        if (s != DL_OK)
            return s;
        packed[0] = g->a;
    }
    if (!readable(g->k, g->n, g->b_row, g->b_col)) {
        dl_status s = pack(ctx, p, g->k, g->n, &g->b, &g->b_row, &g->b_col, &g->b_batch);
        if (s != DL_OK)
            return s;
        packed[1] = g->b;
    }
    if (!readable(g->k, g->n, g->b_row, g->b_col)) /* packed, and still more than BLAS can count */
        p->run = dt == DL_F32 ? dl__plain_gemm_f32 : dl__plain_gemm_f64;
    return DL_OK;
}

dl_status dl__gemm(dl_ctx *ctx, dl_dtype dt, const dl__gemm_args *args)
{
    if (!ctx || !args)
        return DL_EINVAL;
    const struct dl__kernels *table = dl__kernels(ctx);
    if (!table)
        return dl_ctx_status(ctx);
    if (dt != DL_F32 && dt != DL_F64)
        return dl_fail(ctx, DL_EDTYPE, "gemm: element type is %s, wanted f32 or f64",
                       dl_dtype_name(dt));
    if (args->m <= 0 || args->n <= 0 || args->batch <= 0)
        return DL_OK;
    if (table->gemm)
        return table->gemm(ctx, dt, args);
    plan p = {.g = *args, .size = dt == DL_F32 ? sizeof(float) : sizeof(double)};
    const void *packed[2] = {NULL, NULL};
    dl_status status = prepare(ctx, table, dt, &p, packed);
    if (status == DL_OK) {
        cut(&p);
        int64_t tiles = p.n_rows * p.n_cols, total = work(p.g.m, p.g.n, p.g.k + 1), items;
        if (!dl__mul_i64(tiles, p.g.batch, &items) || !dl__mul_i64(total, p.g.batch, &total))
            total = INT64_MAX;
        dl__parallel(total < ALONE ? NULL : ctx, tiles * p.g.batch, tile, &p);
    }
    dl__free((void *)(uintptr_t)packed[0]);
    dl__free((void *)(uintptr_t)packed[1]);
    return status;
}
