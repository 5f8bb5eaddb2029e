/* Walking several operands together: broadcast, sort axes, merge axes, cut into pieces. */
#include <stdint.h>
#include "core/parallel.h"
#include "tensor/iterate.h"
#include "tensor/tensor.h"

enum { PIECE = 16384 }; /* elements of one item of parallel work */

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* 1 when axis a goes outside axis b: the first operand that tells them apart decides. */
static int outside(const dl__walk *w, int32_t a, int32_t b)
{
    for (int32_t i = 0; i < w->n_op; i++) {
        int64_t sa = magnitude(w->steps[i][a]), sb = magnitude(w->steps[i][b]);
        if (sa != sb && sa != 0 && sb != 0)
            return sa > sb;
    }
    return a < b;
}

static void swap_axes(dl__walk *w, int32_t a, int32_t b)
{
    int64_t n = w->dims[a];
    w->dims[a] = w->dims[b];
    w->dims[b] = n;
    for (int32_t i = 0; i < w->n_op; i++) {
        int64_t s = w->steps[i][a];
        w->steps[i][a] = w->steps[i][b];
        w->steps[i][b] = s;
    }
}

/* Takes one operand in: its steps along the axes of the full shape, 0 where it is broadcast. */
static void add_operand(dl__walk *w, int32_t i, const dl_tensor *t, const dl_tensor *full)
{
    int64_t size = (int64_t)dl_dtype_size(t->dtype);
    int32_t lead = full->ndim - t->ndim;
    w->data[i] = t->storage->data ? dl__data(t) : NULL;
    for (int32_t k = 0; k < full->ndim; k++) {
        int own = k >= lead && (t->dims[k - lead] != 1 || full->dims[k] == 1);
        w->steps[i][k] = own ? t->strides[k - lead] * size : 0;
    }
}

/* Drops axes of size 1. */
static void squeeze(dl__walk *w)
{
    int32_t n = 0;
    for (int32_t k = 0; k < w->ndim; k++) {
        if (w->dims[k] == 1)
            continue;
        if (n != k)
            swap_axes(w, n, k);
        n++;
    }
    w->ndim = n;
}

/* Joins neighbours that are one axis for every operand. */
static void merge(dl__walk *w)
{
    int32_t n = 0;
    for (int32_t k = 1; k < w->ndim; k++) {
        int joined = 1;
        for (int32_t i = 0; i < w->n_op; i++)
            joined &= w->steps[i][n] == w->steps[i][k] * w->dims[k];
        if (!joined)
            n++;
        w->dims[n] = joined ? w->dims[n] * w->dims[k] : w->dims[k];
        for (int32_t i = 0; i < w->n_op; i++)
            w->steps[i][n] = w->steps[i][k];
    }
    w->ndim = w->ndim ? n + 1 : 0;
}

void dl__walk_plan(dl__walk *w, const dl_tensor *const *operand, int32_t n_op)
{
    const dl_tensor *full = operand[0];
    *w = (dl__walk){.ndim = full->ndim, .n_op = n_op};
    for (int32_t k = 0; k < full->ndim; k++)
        w->dims[k] = full->dims[k];
    for (int32_t i = 0; i < n_op; i++)
        add_operand(w, i, operand[i], full);
    for (int32_t k = 0; k < full->ndim; k++)
        if (full->dims[k] == 0) { /* nothing to walk */
            w->ndim = 1;
            w->dims[0] = 0;
            return;
        }
    squeeze(w);
    for (int32_t k = 1; k < w->ndim; k++) /* insertion sort: stable, and axes are few */
        for (int32_t j = k; j > 0 && !outside(w, j - 1, j); j--)
            swap_axes(w, j - 1, j);
    merge(w);
}

typedef struct job {
    const dl__walk *w;
    dl__run run;
    const void *arg;
    int64_t inner;  /* elements of the innermost axis                  */
    int64_t n_rows; /* runs of the whole innermost axis                */
    int64_t rows;   /* rows of a piece, when rows are short            */
    int64_t cuts;   /* pieces of a row, when rows are long; otherwise 1 */
} job;

/* Runs elements [from, from + n) of the rows [row, row + rows). */
static void run_rows(const job *j, int64_t row, int64_t rows, int64_t from, int64_t n)
{
    const dl__walk *w = j->w;
    int32_t outer = w->ndim - 1;
    int64_t at[DL_MAX_DIMS] = {0}, rest = row, inner_step[DL__OPERANDS];
    char *p[DL__OPERANDS];
    for (int32_t k = outer - 1; k >= 0; k--) {
        at[k] = rest % w->dims[k];
        rest /= w->dims[k];
    }
    for (int32_t i = 0; i < w->n_op; i++) {
        inner_step[i] = outer >= 0 ? w->steps[i][outer] : 0;
        p[i] = w->data[i] + from * inner_step[i];
        for (int32_t k = 0; k < outer; k++)
            p[i] += at[k] * w->steps[i][k];
    }
    while (rows-- > 0) {
        j->run(n, p, inner_step, j->arg);
        if (rows == 0)
            break;
        int32_t k = outer - 1;
        for (; ++at[k] == w->dims[k]; k--) {
            at[k] = 0;
            for (int32_t i = 0; i < w->n_op; i++)
                p[i] -= (w->dims[k] - 1) * w->steps[i][k];
        }
        for (int32_t i = 0; i < w->n_op; i++)
            p[i] += w->steps[i][k];
    }
}

static void run_piece(void *arg, int64_t item)
{
    const job *j = arg;
    if (j->cuts > 1) {
        int64_t from = item % j->cuts * PIECE, left = j->inner - from;
        run_rows(j, item / j->cuts, 1, from, left < PIECE ? left : PIECE);
        return;
    }
    int64_t row = item * j->rows, left = j->n_rows - row;
    run_rows(j, row, left < j->rows ? left : j->rows, 0, j->inner);
}

static job plan_job(const dl__walk *w, dl__run run, const void *arg)
{
    job j = {.w = w, .run = run, .arg = arg, .inner = 1, .n_rows = 1, .rows = 1, .cuts = 1};
    if (w->ndim > 0)
        j.inner = w->dims[w->ndim - 1];
    for (int32_t k = 0; k < w->ndim - 1; k++)
        j.n_rows *= w->dims[k];
    return j;
}

void dl__walk_run(dl_ctx *ctx, const dl__walk *w, dl__run run, const void *arg)
{
    job j = plan_job(w, run, arg);
    if (j.inner == 0)
        return;
    if (j.inner * j.n_rows <= PIECE) { /* the product is the count, which fits */
        dl__fpmode mode = dl__fpmode_enter();
        run_rows(&j, 0, j.n_rows, 0, j.inner);
        dl__fpmode_leave(mode);
        return;
    }
    if (j.inner > PIECE)
        j.cuts = (j.inner + PIECE - 1) / PIECE;
    else
        j.rows = PIECE / j.inner;
    int64_t n = j.cuts > 1 ? j.n_rows * j.cuts : (j.n_rows + j.rows - 1) / j.rows;
    dl__parallel(ctx, n, run_piece, &j);
}

void dl__walk_serial(const dl__walk *w, dl__run run, const void *arg)
{
    job j = plan_job(w, run, arg);
    if (j.inner > 0)
        run_rows(&j, 0, j.n_rows, 0, j.inner);
}
