/* Reductions: the routines of each element type, and the driver that cuts the work by shape. */
#include <math.h>
#include "core/check.h"
#include "core/parallel.h"
#include "core/isa.h"
#include "kernels/reduce.h"

enum {
    LANES = 16,     /* of sums                                                                 */
    WIDE = 64,      /* lanes of extremes                                                       */
    LONG = 8192,    /* elements of a block along the axis                                      */
    TALL = 512,     /* rows of a block across columns                                          */
    TILE = 256,     /* columns of one item; their sums do not depend on it                     */
    GROUP = 16384,  /* elements of one item, when many small reductions share it               */
    ALONE = 1 << 16 /* elements below which waking other threads costs more than it gives      */
};

typedef struct routines {
    void (*block)(const dl__reduce_args *r, int32_t op, int64_t o, int64_t first, int64_t rows,
                  int64_t col, int64_t cols, void *value, int64_t *index);
    void (*merge)(int32_t op, int64_t cols, void *value, int64_t *index, const void *next,
                  const int64_t *next_index);
    void (*finish)(const dl__reduce_args *r, int32_t op, int64_t o, int64_t col, int64_t cols,
                   const void *value, const int64_t *index);
} routines;

/* ---- f32, f64: sums in the type itself within a block, in double from block to block --------- */

#define LOWEST (-(T)INFINITY)
#define HIGHEST ((T)INFINITY)
#define ACC double
#define ADD(a, b) ((a) + (b))
#define SUM_TYPE T

#define T float
#define S float
#define SQUARE(v, acc) __builtin_fmaf(v, v, acc)
#define ATTR DL__TARGET_BASE
#define NAME(x) f32_##x
#include "kernels/reduce.inc"
#if defined(DL__TARGET_AVX2)
#undef ATTR
#undef NAME
#define ATTR DL__TARGET_AVX2
#define NAME(x) f32_avx2_##x
#include "kernels/reduce.inc"
#endif
#undef T
#undef S
#undef SQUARE

#define T double
#define S double
#define SQUARE(v, acc) __builtin_fma(v, v, acc)
#if defined(DL__TARGET_AVX2)
#undef NAME
#define NAME(x) f64_avx2_##x
#include "kernels/reduce.inc"
#endif
#undef ATTR
#undef NAME
#define ATTR DL__TARGET_BASE
#define NAME(x) f64_##x
#include "kernels/reduce.inc"
#undef T
#undef S
#undef SQUARE
#undef NAME
#undef LOWEST
#undef HIGHEST
#undef ACC
#undef ADD
#undef SUM_TYPE

/* ---- integers: sums in 64 bits, which wrap --------------------------------------------------- */

#undef ATTR
#define ATTR
#define ACC int64_t
#define S uint64_t
#define ADD(a, b) ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define SQUARE(v, acc) ((acc) + (v) * (v))
#define SUM_TYPE int64_t

#define T int32_t
#define LOWEST INT32_MIN
#define HIGHEST INT32_MAX
#define NAME(x) i32_##x
#include "kernels/reduce.inc"
#undef T
#undef LOWEST
#undef HIGHEST
#undef NAME

#define T int64_t
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#define NAME(x) i64_##x
#include "kernels/reduce.inc"
#undef T
#undef LOWEST
#undef HIGHEST
#undef NAME

#define T uint8_t
#define LOWEST 0
#define HIGHEST UINT8_MAX
#define NAME(x) u8_##x
#include "kernels/reduce.inc"

/* ---- the driver ------------------------------------------------------------------------------ */

typedef struct plan {
    dl__reduce_args r;
    const routines *run;
    int32_t op;
    int64_t rows, blocks; /* of one block, of one column            */
    int64_t cols, tiles;  /* of one tile, of one row                */
    int64_t group;        /* outer positions of one item            */
    char *value;          /* [outer][blocks][inner], 8 bytes each   */
    int64_t *index;       /* likewise                               */
} plan;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

/* The only block of some outer positions: straight into y. */
static void whole(void *arg, int64_t item)
{
    const plan *p = arg;
    _Alignas(8) char value[8 * TILE];
    int64_t index[TILE];
    int64_t col = item % p->tiles * p->cols, first = item / p->tiles * p->group;
    int64_t cols = least(p->cols, p->r.inner - col), end = least(first + p->group, p->r.outer);
    for (int64_t o = first; o < end; o++) {
        p->run->block(&p->r, p->op, o, 0, p->r.n, col, cols, value, index);
        p->run->finish(&p->r, p->op, o, col, cols, value, index);
    }
}

/* One block of several: into the workspace. */
static void part(void *arg, int64_t item)
{
    const plan *p = arg;
    int64_t col = item % p->tiles * p->cols, b = item / p->tiles % p->blocks;
    int64_t o = item / p->tiles / p->blocks, first = b * p->rows;
    int64_t at = (o * p->blocks + b) * p->r.inner + col;
    p->run->block(&p->r, p->op, o, first, least(p->rows, p->r.n - first), col,
                  least(p->cols, p->r.inner - col), p->value + 8 * at, p->index + at);
}

/* All blocks of one tile, in order. */
static void gather(void *arg, int64_t item)
{
    const plan *p = arg;
    int64_t col = item % p->tiles * p->cols, o = item / p->tiles;
    int64_t cols = least(p->cols, p->r.inner - col), at = o * p->blocks * p->r.inner + col;
    for (int64_t b = 1; b < p->blocks; b++) {
        int64_t next = at + b * p->r.inner;
        p->run->merge(p->op, cols, p->value + 8 * at, p->index + at, p->value + 8 * next,
                      p->index + next);
    }
    p->run->finish(&p->r, p->op, o, col, cols, p->value + 8 * at, p->index + at);
}

static const routines *find(dl_dtype dt)
{
#if defined(DL__TARGET_AVX2)
    int fast = dl__isa() >= DL__ISA_AVX2;
#define BEST(type) (fast ? &type##_avx2_routines : &type##_routines)
#else
#define BEST(type) &type##_routines
#endif
    switch (dt) {
    case DL_F32:
        return BEST(f32);
    case DL_F64:
        return BEST(f64);
    case DL_I32:
        return &i32_routines;
    case DL_I64:
        return &i64_routines;
    case DL_U8:
    case DL_BOOL:
        return &u8_routines;
    default:
        return NULL;
    }
}

dl_dtype dl__reduce_dtype(int32_t op, dl_dtype dt)
{
    if (op == DL__ARGMAX || op == DL__ARGMIN)
        return DL_I64;
    return op == DL__MAX || op == DL__MIN || dt == DL_F32 || dt == DL_F64 ? dt : DL_I64;
}

static dl_status in_blocks(dl_ctx *ctx, plan *p)
{
    const int64_t dims[] = {p->r.outer, p->blocks, p->r.inner, 16};
    int64_t bytes;
    if (!dl__count(dims, 4, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "reduce: the partial results would be too large");
    p->value = dl__alloc(ctx, (size_t)bytes);
    if (!p->value)
        return ctx->status;
    p->index = (int64_t *)(void *)(p->value + bytes / 2);
    dl__parallel(ctx, p->r.outer * p->blocks * p->tiles, part, p);
    dl__parallel(ctx, p->r.outer * p->tiles, gather, p);
    dl__free(p->value);
    return DL_OK;
}

dl_status dl__reduce(dl_ctx *ctx, int32_t op, dl_dtype dt, const dl__reduce_args *r)
{
    if (!ctx || !r)
        return DL_EINVAL;
    plan p = {.r = *r, .run = find(dt), .op = op};
    if (!p.run)
        return dl_fail(ctx, DL_EDTYPE, "reduce: element type %s has no reductions",
                       dl_dtype_name(dt));
    if (r->outer <= 0 || r->inner <= 0)
        return DL_OK;
    p.rows = r->inner == 1 ? LONG : TALL;
    p.cols = least(r->inner, TILE);
    p.blocks = ceil_div(r->n, p.rows);
    p.tiles = ceil_div(r->inner, p.cols);
    if (p.blocks > 1)
        return in_blocks(ctx, &p);
    p.group = ceil_div(GROUP, p.cols * (r->n + 1));
    int64_t items = ceil_div(r->outer, p.group) * p.tiles;
    int alone = items <= ALONE / GROUP && r->outer * r->inner <= ALONE / (r->n + 1);
    dl__parallel(alone ? NULL : ctx, items, whole, &p);
    return DL_OK;
}
