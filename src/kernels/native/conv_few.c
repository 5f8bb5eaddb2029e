#include "kernels/native/conv_few.h"

enum { VECTORS = 3, COLS_MAX = 16 };

int dl__conv_few_wanted(dl__conv_few *f, dl_dtype dt, dl__places *p, const dl__panels *panels)
{
    const dl__micro *m = panels->micro;
    const int64_t terms = p->v.width / p->size, most = m->rows[VECTORS];
    if (2 * panels->cols > m->lanes || panels->cols > most || p->next[2] != 1 ||
        p->span[2] > p->line + 1)
        return 0;
    *f = (dl__conv_few){.p = p,
                        .micro = m,
                        .pack = dl__pack_of(dt),
                        .size = p->size,
                        .cols = panels->cols,
                        .terms = terms,
                        .depth = dl__patches_taps(&p->v) * terms};
    p->direct = 0;
    p->step = terms;
    return 1;
}

int64_t dl__conv_few_memory(dl__conv_few *f, int64_t bytes)
{
    const int64_t lanes = f->micro->lanes;
    f->entries = f->p->bytes / f->p->pitch;
    /* Room for vectors that go on behind the end; odd, so that planes do not share their sets of
     * the cache. */
    f->plane = ((f->entries + lanes - 1) / lanes + VECTORS) | 1;
    f->plane *= lanes;
    f->planes = (bytes + 63) / 64 * 64;
    f->sums = f->planes + (f->terms > 1 ? f->terms * f->plane * f->size : 0);
    return f->sums + f->cols * f->plane * f->size;
}

void dl__conv_few_terms(dl__conv_few *f, int64_t *offsets)
{
    const dl__places *p = f->p;
    const dl__taps *a = p->v.axis;
    f->offsets = offsets;
    f->length = f->terms;
    f->b_step = f->plane;
    f->segments = dl__patches_taps(&p->v);
    if (f->terms == 1) {
        /* All taps of a line that lie side by side are one run. */
        f->segments = dl__places_segments(p, &f->length, offsets);
        f->b_step = 1;
    } else {
        for (int64_t d = 0, i = 0; d < a[0].taps; d++)
            for (int64_t h = 0; h < a[1].taps; h++)
                for (int64_t t = 0; t < a[2].taps; t++)
                    offsets[i++] = (d * p->tap[0] + h * p->tap[1] + t * p->tap[2]) / f->terms;
    }
    for (int64_t i = 0; i < f->segments; i++)
        offsets[f->segments + i] = i * f->length;
}

void dl__conv_few_pack(const dl__conv_few *f, dl_dtype dt, const char *from, int64_t term,
                       int64_t col, char *to)
{
    for (int64_t o = 0; o < f->cols; o++)
        for (int64_t i = 0; i < f->terms; i++) {
            const int64_t at = i * term + o * col, place = o * f->depth + i;
            if (dt == DL_F32)
                ((float *)(void *)to)[place] = ((const float *)(const void *)from)[at];
            else
                ((double *)(void *)to)[place] = ((const double *)(const void *)from)[at];
        }
}

/* c[i][o] = s[o][i] + bias[o], n places. -0 is the number that changes no sum. */
#define TURN(real)                                                                                 \
    {                                                                                              \
        const real *s = (const real *)sums;                                                        \
        real add[COLS_MAX];                                                                        \
        for (int64_t o = 0; o < f->cols; o++)                                                      \
            add[o] = bias ? ((const real *)bias)[o] : (real)-0.0;                                  \
        for (int64_t o = 0, some; o < f->cols; o += some, s += some * f->plane) {                  \
            some = f->cols - o < 2 ? 1 : 2;                                                        \
            const real *t = s + (some - 1) * f->plane;                                             \
            for (int64_t i = 0; i < n; i++) {                                                      \
                real *to = (real *)(void *)c[i] + o;                                               \
                to[some - 1] = t[i] + add[o + some - 1];                                           \
                to[0] = s[i] + add[o];                                                             \
            }                                                                                      \
        }                                                                                          \
    }

static void turn(const dl__conv_few *f, const void *sums, const void *bias, int64_t n,
                 char *const *c)
{
    if (f->size == 4)
        TURN(float)
    else
        TURN(double)
}

/* The sums of n places side by side, the first of which is entry `at` of the copy. */
static void sum(const dl__conv_few *f, const void *w, const char *planes, char *sums, int64_t n)
{
    const int64_t lanes = f->micro->lanes;
    const void *a[COLS_MAX];
    void *c[COLS_MAX];
    dl__micro_args g = {.segments = f->segments,
                        .length = f->length,
                        .a = a,
                        .a_step = 1,
                        .a_offset = f->offsets + f->segments,
                        .b_step = f->b_step,
                        .b_offset = f->offsets,
                        .c = c};
    for (int64_t o = 0; o < f->cols; o++)
        a[o] = (const char *)w + o * f->depth * f->size;
    for (int64_t i = 0; i < n; i += VECTORS * lanes) {
        const int64_t left = (n - i + lanes - 1) / lanes, v = left < VECTORS ? left : VECTORS;
        for (int64_t o = 0; o < f->cols; o++)
            c[o] = sums + (o * f->plane + i) * f->size;
        g.b = planes + i * f->size;
        g.cols = (int32_t)(v * lanes);
        f->micro->kernel[v][f->cols](&g);
    }
}

void dl__conv_few_run(const dl__conv_few *f, const void *w, const void *bias, char *work,
                      const char *const *starts, int64_t lines, int64_t n, char *const *c)
{
    const dl__places *p = f->p;
    const char *planes = work;
    char *sums = work + f->sums;
    if (f->terms > 1) {
        f->pack(f->terms, f->entries, f->plane, work, 1, f->terms, work + f->planes);
        planes = work + f->planes;
    }
    const int64_t row = p->row / p->pitch;
    for (int64_t i = 0, run; i < lines; i += run) {
        for (run = 1; i + run < lines && starts[i + run] - starts[i + run - 1] == p->row; run++)
            ;
        const int64_t first = (starts[i] - work) / p->pitch;
        sum(f, w, planes + first * f->size, sums, (run - 1) * row + n);
        for (int64_t l = 0; l < run; l++, c += n)
            turn(f, sums + l * row * f->size, bias, n, c);
    }
}
