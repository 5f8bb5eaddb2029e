/* All parameters together as one vector. */
#include "optim/vector.h"
#include <string.h>
#include "core/isa.h"
#include "core/math.h"
#include "dl/grad.h"
#include "kernels/loops.h"

enum { LANES = 16 };

/* A sum over elements: element i goes into lane i % 16, so the bits do not depend on the
 * instruction set. take(sum, x, y) is what an element does. */
#define REDUCE_(isa, target, name, real, tag, take)                                                \
    target static double name##_##tag##_##isa(const void *x_, const void *y_, int64_t n)           \
    {                                                                                              \
        const real *x = x_, *y DL__UNUSED = y_;                                                    \
        double lane[LANES] = {0}, sum = 0;                                                         \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES)                                                         \
            for (int k = 0; k < LANES; k++)                                                        \
                lane[k] = take(lane[k], (double)x[i + k], (double)y[i + k]);                       \
        for (int k = 0; i < n; i++, k++)                                                           \
            lane[k] = take(lane[k], (double)x[i], (double)y[i]);                                   \
        for (int k = 0; k < LANES; k++)                                                            \
            sum = name##_join(sum, lane[k]);                                                       \
        return sum;                                                                                \
    }
#define NAME_(isa, target, name, tag) name##_##tag##_##isa,
typedef double (*reducer)(const void *x, const void *y, int64_t n);
#define REDUCE(name, take)                                                                         \
    DL__ISA_LIST(REDUCE_, name, float, f32, take)                                                  \
    DL__ISA_LIST(REDUCE_, name, double, f64, take)                                                 \
    static const reducer name##_of[2][DL__LOOP_ISAS] = {{DL__ISA_LIST(NAME_, name, f32)},          \
                                                        {DL__ISA_LIST(NAME_, name, f64)}};

static inline double plus(double a, double b)
{
    return a + b;
}

/* NaN if one is. */
static inline double larger(double a, double b)
{
    return DL__MAX(a, b);
}

#define dot_join plus
#define abs_sum_join plus
#define abs_max_join larger
#define TAKE_DOT(s, x, y) ((s) + (x) * (y))
#define TAKE_ABS(s, x, y) ((s) + DL__FABS(x))
#define TAKE_MAX(s, x, y) (DL__FABS(x) > (s) || (x) != (x) ? DL__FABS(x) : (s))
REDUCE(dot, TAKE_DOT)
REDUCE(abs_sum, TAKE_ABS)
REDUCE(abs_max, TAKE_MAX)

double dl__optim_dot(dl_dtype dt, const void *x, const void *y, int64_t n)
{
    return dot_of[dt == DL_F64][dl__loop_isa()](x, y, n);
}

void dl__vector_begin(dl_optim *o)
{
    for (int32_t i = 0; i < o->n; i++)
        o->slice[i].live = o->slice[i].lr_scale > 0 && dl_grad_tracked(o->slice[i].param);
}

/* One pass over all pieces. */
typedef struct vector_job {
    const dl_optim *o;
    const dl__loops *loops;                 /* out = loops(in..., k), or  */
    const reducer (*reduce)[DL__LOOP_ISAS]; /* part = reduce(in[0], in[1]) */
    int32_t out, in[2];
    double k;
} vector_job;

static char *at(const dl__slice *s, const dl__piece *p, int32_t which)
{
    const dl_tensor *t = which == DL__WEIGHTS ? s->param : s->slot[which];
    return dl__data(t) + (size_t)p->first * dl_dtype_size(t->dtype);
}

static void vector_piece(void *arg, int64_t item)
{
    const vector_job *j = arg;
    const dl__piece *p = &j->o->piece[item];
    const dl__slice *s = &j->o->slice[p->slice];
    if (!s->live)
        return;
    const dl_dtype dt = s->param->dtype;
    const int64_t size = (int64_t)dl_dtype_size(dt), step[] = {size, size, size};
    if (j->reduce) {
        j->o->part[item] =
            j->reduce[dt == DL_F64][dl__loop_isa()](at(s, p, j->in[0]), at(s, p, j->in[1]), p->n);
        return;
    }
    char *const to[] = {at(s, p, j->out), at(s, p, j->in[0]), at(s, p, j->in[1])};
    dl__loops_get(j->loops, dt)(p->n, to, step, (const double[DL__ARGS]){j->k});
}

static void run(vector_job *j)
{
    int64_t elements = 0;
    for (int32_t i = 0; i < j->o->n; i++)
        elements += j->o->slice[i].live ? j->o->slice[i].n : 0;
    dl__optim_parallel(j->o, elements, vector_piece, j);
}

DL__LOOP2(mixed, a + s0 * b)
DL__LOOP1(scaled, s0 *x)

/* The weights are the library's to change, but others must see that they did. */
static void touch(dl_optim *o, int32_t out)
{
    for (int32_t i = 0; i < o->n && out == DL__WEIGHTS; i++)
        if (o->slice[i].live)
            atomic_fetch_add(&o->slice[i].param->storage->version, 1);
}

void dl__vector_mix(dl_optim *o, int32_t out, int32_t a, double k, int32_t b)
{
    touch(o, out);
    run(&(vector_job){.o = o, .loops = &mixed, .out = out, .in = {a, b}, .k = k});
}

void dl__vector_scale(dl_optim *o, int32_t out, double k, int32_t a)
{
    touch(o, out);
    run(&(vector_job){.o = o, .loops = &scaled, .out = out, .in = {a, a}, .k = k});
}

void dl__vector_gradient(dl_optim *o, int32_t out)
{
    for (int32_t i = 0; i < o->n; i++) {
        const dl__slice *s = &o->slice[i];
        const size_t bytes = (size_t)s->n * dl_dtype_size(s->param->dtype);
        if (s->live && s->g)
            memcpy(dl__data(s->slot[out]), dl__data(s->g), bytes);
        else if (s->live)
            memset(dl__data(s->slot[out]), 0, bytes);
    }
}

static double reduced(dl_optim *o, const reducer (*reduce)[DL__LOOP_ISAS],
                      double (*join)(double, double), int32_t a, int32_t b)
{
    double all = 0;
    run(&(vector_job){.o = o, .reduce = reduce, .in = {a, b}});
    for (int64_t i = 0; i < o->n_piece; i++)
        if (o->slice[o->piece[i].slice].live)
            all = join(all, o->part[i]);
    return all;
}

double dl__vector_dot(dl_optim *o, int32_t a, int32_t b)
{
    return reduced(o, dot_of, plus, a, b);
}

double dl__vector_abs_sum(dl_optim *o, int32_t a)
{
    return reduced(o, abs_sum_of, plus, a, a);
}

double dl__vector_abs_max(dl_optim *o, int32_t a)
{
    return reduced(o, abs_max_of, larger, a, a);
}
