/* Handing rows out to threads. */
#include "core/parallel.h"
#include "kernels/rows.h"

enum {
    WORK = 16384, /* elements of one item of parallel work, about */
    SIDE = 16     /* rows that lie side by side are handed out in multiples of this */
};

void dl__rows_begin(dl__rows_plan *plan, const int64_t *dims, int32_t ndim, int32_t axis)
{
    *plan = (dl__rows_plan){.n = dims[axis]};
    for (int32_t i = 0; i < ndim; i++)
        if (i != axis)
            plan->dims[plan->ndim++] = dims[i];
}

void dl__rows_add(dl__rows_plan *plan, void *data, const int64_t *strides, size_t size,
                  int32_t axis)
{
    int32_t k = plan->n_op++;
    plan->data[k] = data;
    plan->along[k] = strides[axis] * (int64_t)size;
    for (int32_t i = 0; i < plan->ndim; i++)
        plan->steps[k][i] = strides[i < axis ? i : i + 1] * (int64_t)size;
}

void dl__rows_add_one(dl__rows_plan *plan, void *data, const int64_t *strides, size_t size)
{
    int32_t k = plan->n_op++;
    plan->data[k] = data;
    for (int32_t i = 0; i < plan->ndim; i++)
        plan->steps[k][i] = strides[i] * (int64_t)size;
}

void dl__rows_add_same(dl__rows_plan *plan, void *data, int64_t stride, size_t size)
{
    int32_t k = plan->n_op++;
    plan->data[k] = data;
    plan->along[k] = stride * (int64_t)size;
}

static void move_axis(dl__rows_plan *p, int32_t to, int32_t from)
{
    p->dims[to] = p->dims[from];
    for (int32_t k = 0; k < p->n_op; k++)
        p->steps[k][to] = p->steps[k][from];
}

static int64_t reach(const dl__rows_plan *p, int32_t axis)
{
    int64_t step = p->steps[1][axis];
    return step < 0 ? -step : step;
}

/* Drops axes of size 1, sorts the others by falling steps of operand 1, joins neighbours. */
static void simplify(dl__rows_plan *p)
{
    int32_t n = 0;
    for (int32_t i = 0; i < p->ndim; i++)
        if (p->dims[i] != 1)
            move_axis(p, n++, i);
    for (int32_t i = 1; i < n; i++) {
        dl__rows_plan old = *p;
        int32_t at = i;
        for (; at > 0 && reach(&old, at - 1) < reach(&old, i); at--)
            move_axis(p, at, at - 1);
        p->dims[at] = old.dims[i];
        for (int32_t k = 0; k < p->n_op; k++)
            p->steps[k][at] = old.steps[k][i];
    }
    p->ndim = n > 0;
    for (int32_t i = 1; i < n; i++) {
        int32_t last = p->ndim - 1;
        int joined = 1;
        for (int32_t k = 0; k < p->n_op; k++)
            joined &= p->steps[k][last] == p->steps[k][i] * p->dims[i];
        int64_t before = p->dims[last];
        move_axis(p, joined ? last : p->ndim++, i);
        if (joined)
            p->dims[last] *= before;
    }
}

typedef struct job {
    const dl__rows_plan *plan;
    dl__rows_kernel kernel;
    const void *arg;
    int64_t side, block, blocks; /* rows side by side, of one item, items for them */
} job;

static void run_item(void *arg, int64_t item)
{
    const job *j = arg;
    const dl__rows_plan *p = j->plan;
    int64_t first = item % j->blocks * j->block, rest = item / j->blocks;
    dl__rows r = {.n = p->n, .m = j->side - first < j->block ? j->side - first : j->block};
    for (int32_t k = 0; k < p->n_op; k++) {
        r.along[k] = p->along[k];
        r.across[k] = p->ndim > 0 ? p->steps[k][p->ndim - 1] : 0;
        r.p[k] = p->data[k] + first * r.across[k];
    }
    for (int32_t i = p->ndim - 2; i >= 0; i--) {
        for (int32_t k = 0; k < p->n_op; k++)
            r.p[k] += rest % p->dims[i] * p->steps[k][i];
        rest /= p->dims[i];
    }
    j->kernel(&r, j->arg);
}

void dl__rows_run(dl_ctx *ctx, dl__rows_plan *plan, dl__rows_kernel kernel, const void *arg)
{
    for (int32_t i = 0; i < plan->ndim; i++)
        if (plan->dims[i] == 0)
            return;
    simplify(plan);
    job j = {.plan = plan, .kernel = kernel, .arg = arg, .side = 1};
    int64_t outer = 1;
    if (plan->ndim > 0)
        j.side = plan->dims[plan->ndim - 1];
    for (int32_t i = 0; i < plan->ndim - 1; i++)
        outer *= plan->dims[i];
    j.block = plan->n > 0 ? WORK / plan->n : WORK;
    if (j.block > SIDE)
        j.block -= j.block % SIDE;
    int64_t least = plan->ndim > 0 && reach(plan, plan->ndim - 1) < plan->along[1] ? SIDE : 1;
    if (j.block < least)
        j.block = least;
    j.blocks = (j.side + j.block - 1) / j.block;
    dl__parallel(ctx, outer * j.blocks, run_item, &j);
}
