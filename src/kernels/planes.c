/* Sums and maps over planes: cutting the work, and the kernels of planes.inc for both types and
 * every instruction set. */
#include <string.h>
#include "core/check.h"
#include "core/error.h"
#include "core/isa.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "kernels/planes.h"
#include "kernels/vector.h"

enum {
    LANES = 16,
    TILE = 64,      /* channels of one item of a sum, at most */
    MAP_TILE = 256, /* of a map                               */
    WORK = 32768,   /* elements of one item, at most          */
};

/* Rows row .. row + rows - 1 of channels c .. c + channels - 1. */
typedef struct item {
    int64_t row, rows, c, channels;
} item;

/* Rows from row r of the item on that lie at one outer index. */
static int64_t run_length(const dl__planes *v, const item *t, int64_t r)
{
    int64_t left = v->inner - (t->row + r) % v->inner;
    return left < t->rows - r ? left : t->rows - r;
}

#define DL__TEMPLATE "kernels/planes.inc"
#include "kernels/instances.h"

typedef void (*sum_kernel)(const dl__planes *v, int kind, const item *t, const double *mean,
                           const double *rstd, double (*lanes)[LANES][TILE]);
typedef void (*map_kernel)(const dl__planes *v, int kind, const item *t, const double *numbers);

#define SUM_KERNEL(isa, target, tag) run_sum_##tag##_##isa,
#define MAP_KERNEL(isa, target, tag) run_map_##tag##_##isa,
static const sum_kernel sums_f32[DL__LOOP_ISAS] = {DL__ISA_LIST(SUM_KERNEL, f32)};
static const sum_kernel sums_f64[DL__LOOP_ISAS] = {DL__ISA_LIST(SUM_KERNEL, f64)};
static const map_kernel maps_f32[DL__LOOP_ISAS] = {DL__ISA_LIST(MAP_KERNEL, f32)};
static const map_kernel maps_f64[DL__LOOP_ISAS] = {DL__ISA_LIST(MAP_KERNEL, f64)};

typedef struct job {
    dl__planes v;
    int64_t rows, block, blocks; /* rows, of one item; blocks of rows */
    int64_t tile, tiles;         /* channels of one item; how often   */
    int kind;
    sum_kernel sum;
    map_kernel map;
    const double *mean, *rstd, *num;
    int64_t size, items; /* of an element in bytes; of one array of the batch */
    double *part;        /* of each block 2 * channels sums                   */
} job;

/* Array b of the batch. */
static dl__planes array_of(const job *j, int64_t b)
{
    dl__planes v = j->v;
    for (int k = 0; b > 0 && k < DL__PLANES; k++)
        v.p[k] = (char *)v.p[k] + b * v.batch_step[k] * j->size;
    return v;
}

/* Rows that lie evenly, from one outer index to the next too, have no outer index. */
static void merge_rows(dl__planes *v)
{
    for (int k = 0; k < DL__PLANES; k++)
        if (v->step[k][0] != v->inner * v->step[k][2])
            return;
    v->inner *= v->outer;
    v->outer = 1;
}

/* Cut by shape alone. Operands that are not needed become operand 1. */
static job job_of(const dl__planes *v, dl_dtype dt, int kind, int64_t tile)
{
    job j = {.v = *v, .kind = kind, .rows = v->outer * v->inner, .tile = tile};
    const int64_t wide = v->channels < tile ? v->channels : tile;
    j.block = wide > 0 ? WORK / wide / LANES * LANES : WORK;
    j.blocks = (j.rows + j.block - 1) / j.block;
    j.tiles = (v->channels + tile - 1) / tile;
    j.items = j.blocks * j.tiles;
    j.size = (int64_t)dl_dtype_size(dt);
    j.v.batch = v->batch > 0 ? v->batch : 1;
    j.v.width = j.v.batch * v->channels;
    for (int k = 0; k < DL__PLANES; k++)
        if (!v->p[k]) {
            j.v.p[k] = v->p[1];
            j.v.batch_step[k] = v->batch_step[1];
            memcpy(j.v.step[k], v->step[1], sizeof v->step[1]);
        }
    merge_rows(&j.v);
    return j;
}

static item item_of(const job *j, int64_t number)
{
    const int64_t row = number / j->tiles * j->block, c = number % j->tiles * j->tile;
    const int64_t rows = j->rows - row, channels = j->v.channels - c;
    return (item){row, rows < j->block ? rows : j->block, c,
                  channels < j->tile ? channels : j->tile};
}

static void sum_item(void *arg, int64_t number)
{
    const job *j = arg;
    const int64_t b = number / j->items;
    const item t = item_of(j, number % j->items);
    const dl__planes v = array_of(j, b);
    double lanes[2][LANES][TILE], *part = j->part + number / j->tiles * 2 * j->v.channels;
    memset(lanes, 0, sizeof lanes);
    j->sum(&v, j->kind, &t, j->mean ? j->mean + b * v.channels : NULL, j->rstd, lanes);
    for (int k = 0; k < 2; k++) {
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int l = 0; l < half; l++)
                for (int64_t c = 0; c < t.channels; c++)
                    lanes[k][l][c] += lanes[k][l + half][c];
        memcpy(part + k * j->v.channels + t.c, lanes[k][0], (size_t)t.channels * sizeof *part);
    }
}

dl_status dl__planes_sum(dl_ctx *ctx, dl_dtype dt, int kind, const dl__planes *v,
                         const double *mean, const double *rstd, double *sum)
{
    job j = job_of(v, dt, kind, TILE);
    size_t bytes;
    const size_t width = (size_t)v->channels * 2, all = (size_t)j.v.width;
    j.sum = (dt == DL_F64 ? sums_f64 : sums_f32)[dl__loop_isa()];
    j.mean = mean;
    j.rstd = rstd;
    memset(sum, 0, 2 * all * sizeof *sum);
    if (j.rows == 0 || v->channels == 0)
        return DL_OK;
    if (!dl__mul_size((size_t)(j.v.batch * j.blocks), width * sizeof *sum, &bytes))
        return dl_fail(ctx, DL_ELIMIT, "the sums of a normalization do not fit");
    if (!(j.part = dl__alloc(ctx, bytes)))
        return DL_ENOMEM;
    dl__parallel(ctx, j.v.batch * j.items, sum_item, &j);
    for (int64_t b = 0; b < j.v.batch * j.blocks; b++) {
        const double *part = j.part + (size_t)b * width;
        double *to = sum + b / j.blocks * v->channels;
        for (int64_t c = 0; c < v->channels; c++) {
            to[c] += part[c];
            to[j.v.width + c] += part[v->channels + c];
        }
    }
    dl__free(j.part);
    return DL_OK;
}

static void map_item(void *arg, int64_t number)
{
    const job *j = arg;
    const int64_t b = number / j->items;
    const item t = item_of(j, number % j->items);
    const dl__planes v = array_of(j, b);
    j->map(&v, j->kind, &t, j->num + b * v.channels);
}

void dl__planes_map(dl_ctx *ctx, dl_dtype dt, int kind, const dl__planes *v, const double *num)
{
    job j = job_of(v, dt, kind, MAP_TILE);
    j.map = (dt == DL_F64 ? maps_f64 : maps_f32)[dl__loop_isa()];
    j.num = num;
    if (j.rows > 0 && v->channels > 0)
        dl__parallel(ctx, j.v.batch * j.items, map_item, &j);
}
