/* Pooling: which windows go side by side, and the kernels of pool.inc for both types and every
 * instruction set. */
#include <string.h>
#include "core/isa.h"
#include "core/parallel.h"
#include "kernels/pool.h"
#include "kernels/vector.h"

enum {
    LANES = 64,   /* windows side by side, at most                              */
    FEW = 8,      /* channels, below which neighbouring places are better lanes */
    WORK = 32768, /* elements of one item of work, about                        */
};

/* lanes windows side by side: of channels c, c + 1, .. at the place o, or of all channels at the
 * places o, o + 1, .. of the last axis. Lane l reads from[l] elements behind lane 0, writes to[l]
 * elements behind it, and its window begins shift[l] entries of the last axis behind; the steps
 * are those of from and to, where they have one, else 0. */
typedef struct place {
    int64_t n, c, o[DL__POOL_AXES], lanes, x_step, y_step, from[LANES], to[LANES];
    int32_t shift[LANES];
} place;

/* A double: the product for a window that is mostly padding may not fit an integer. */
static inline double divisor(const dl__pool *v, int64_t a, int64_t b, int64_t c)
{
    return v->divisor ? (double)v->divisor
                      : (double)v->count[0][a] * (double)v->count[1][b] * (double)v->count[2][c];
}

/* What element (a, b, c) of the window of o counts for in a weighted sum. */
static inline double weight(const dl__pool *v, const int64_t *o, int64_t a, int64_t b, int64_t c)
{
    return v->weight[0][v->count[0][o[0]] + a] * v->weight[1][v->count[1][o[1]] + b] *
           v->weight[2][v->count[2][o[2]] + c];
}

/* Of an element of a plane of these sizes. */
static inline int32_t number(const int64_t *size, int64_t a, int64_t b, int64_t c)
{
    return (int32_t)((a * size[1] + b) * size[2] + c);
}

static inline int64_t side_at(const dl__pool_side *s, int64_t n, int64_t channel, int64_t a,
                              int64_t b, int64_t c)
{
    return n * s->n + channel + a * s->s[0] + b * s->s[1] + c * s->s[2];
}

static void give_indexes(const dl__pool *v, const place *t, const int32_t *at)
{
    const int64_t first = side_at(&v->index, t->n, t->c, t->o[0], t->o[1], t->o[2]);
    if (v->wide)
        for (int64_t l = 0; l < t->lanes; l++)
            ((int64_t *)v->index.p)[first + t->to[l]] = at[l];
    else
        for (int64_t l = 0; l < t->lanes; l++)
            ((int32_t *)v->index.p)[first + t->to[l]] = at[l];
}

/* Those of the channels of t at a place of x; room is for narrowed ones. */
static const int32_t *indexes(const dl__pool *v, const place *t, int64_t a, int64_t b, int64_t c,
                              int32_t *room)
{
    const int64_t first = side_at(&v->index, t->n, t->c, a, b, c);
    if (!v->wide)
        return (const int32_t *)v->index.p + first;
    for (int64_t l = 0; l < t->lanes; l++)
        room[l] = (int32_t)((const int64_t *)v->index.p)[first + l];
    return room;
}

#define DL__TEMPLATE "kernels/pool.inc"
#include "kernels/instances.h"

typedef void (*kernel)(const dl__pool *v, int kind, const place *t);

#define KERNEL(isa, target, tag) windows_##tag##_##isa,
static const kernel kernels_f32[DL__LOOP_ISAS] = {DL__ISA_LIST(KERNEL, f32)};
static const kernel kernels_f64[DL__LOOP_ISAS] = {DL__ISA_LIST(KERNEL, f64)};

typedef struct job {
    const dl__pool *v;
    kernel run;
    int kind;
    int64_t rows, block, group,
        groups;          /* rows of y, of one item; channels of one, groups of them */
    int64_t first, last; /* places of the last axis that are lanes; none: equal */
} job;

/* The longest run of places of the last axis that have windows of one size and one divisor. */
static void find_run(job *j)
{
    const dl__pool *v = j->v;
    const int64_t *b = v->begin[2], *e = v->end[2], *count = v->count[2];
    const int spread = j->kind == DL__POOL_SPREAD;
    for (int64_t i = 1; spread && i < v->in[2]; i++)
        if (count[i] != count[0])
            return;
    for (int64_t o = 0, n; o < v->out[2]; o += n) {
        for (n = 1; o + n < v->out[2]; n++)
            if (e[o + n] - b[o + n] != e[o] - b[o] || (!spread && count[o + n] != count[o]))
                break;
        if (n > j->last - j->first) {
            j->first = o;
            j->last = o + n;
        }
    }
}

/* Channels c .. end - 1 at place t->o, as lanes. */
static void run_channels(const job *j, place *t, int64_t c, int64_t end)
{
    for (t->c = c; t->c < end; t->c += t->lanes) {
        t->lanes = end - t->c < LANES ? end - t->c : LANES;
        j->run(j->v, j->kind, t);
    }
}

/* Lanes: all channels at `count` places from o on. */
static void lay_lanes(const dl__pool *v, int64_t o, int64_t count, place *t)
{
    const int64_t *b = v->begin[2] + o;
    const int64_t apart = v->channels == 1 && count > 1 ? b[1] - b[0] : 0;
    t->o[2] = o;
    t->lanes = 0;
    t->x_step = apart * v->x.s[2];
    t->y_step = v->channels == 1 ? v->y.s[2] : v->y.s[2] == v->channels;
    for (int64_t i = 0; i < count; i++) {
        if (b[i] - b[0] != i * apart)
            t->x_step = 0;
        for (int64_t c = 0; c < v->channels; c++, t->lanes++) {
            t->from[t->lanes] = (b[i] - b[0]) * v->x.s[2] + c;
            t->to[t->lanes] = i * v->y.s[2] + c;
            t->shift[t->lanes] = (int32_t)(b[i] - b[0]);
        }
    }
}

/* Row r. */
static void stand(const dl__pool *v, int64_t r, place *t)
{
    t->n = r / v->out[1] / v->out[0];
    t->o[0] = r / v->out[1] % v->out[0];
    t->o[1] = r % v->out[1];
}

static void run_item(void *arg, int64_t item)
{
    const job *j = arg;
    const dl__pool *v = j->v;
    const int64_t c = item % j->groups * j->group, row = item / j->groups * j->block;
    const int64_t end = c + j->group < v->channels ? c + j->group : v->channels;
    const int64_t stop = row + j->block < j->rows ? row + j->block : j->rows;
    place t = {.x_step = 1, .y_step = 1};
    for (int64_t l = 0; l < LANES; l++)
        t.from[l] = t.to[l] = l;
    for (int64_t r = row; r < stop; r++) {
        stand(v, r, &t);
        for (t.o[2] = 0; t.o[2] < v->out[2]; t.o[2]++)
            if (t.o[2] < j->first || t.o[2] >= j->last)
                run_channels(j, &t, c, end);
    }
    const int64_t most = j->last > j->first ? LANES / v->channels : 1;
    for (int64_t o = j->first; o < j->last; o += most) {
        lay_lanes(v, o, j->last - o < most ? j->last - o : most, &t);
        t.c = 0;
        for (int64_t r = row; r < stop; r++) {
            stand(v, r, &t);
            j->run(v, j->kind, &t);
        }
    }
}

/* Cut by shape alone. */
void dl__pool_run(dl_ctx *ctx, dl_dtype dt, int kind, const dl__pool *v)
{
    job j = {
        .v = v, .run = (dt == DL_F64 ? kernels_f64 : kernels_f32)[dl__loop_isa()], .kind = kind};
    const int64_t rows = v->out[0] * v->out[1];
    j.rows = v->n * rows;
    if (j.rows == 0 || v->out[2] == 0 || v->channels == 0)
        return;
    j.group = j.rows < LANES && v->channels > LANES ? LANES : v->channels;
    j.groups = (v->channels + j.group - 1) / j.group;
    const int64_t work = v->in[0] * v->in[1] * v->in[2] / rows + v->out[2]; /* of one channel */
    j.block = WORK / work / j.group + 1;
    if (v->channels < FEW && kind != DL__POOL_WEIGHTED && kind != DL__POOL_MAX_SPREAD)
        find_run(&j);
    dl__parallel(ctx, (j.rows + j.block - 1) / j.block * j.groups, run_item, &j);
}
