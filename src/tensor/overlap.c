/* Do elements share memory? The question is whether sum d[i] * stride[i] = 0 has a solution with
 * |d[i]| < dims[i] that is not all zeros. With strides in falling order the partial sums that can
 * still come back to zero are few, so a bounded search answers it; if ever it is not enough, the
 * answer is yes, which only refuses a write. */
#include <stdint.h>
#include "tensor/tensor.h"

enum { WORK = 1 << 16 };

typedef struct axis {
    int64_t n, step; /* n > 1, step > 0, falling */
    double rest;     /* what this axis and those after it can add at most */
} axis;

/* Reach of double, because the products may leave int64; a little too much is harmless. */
static int solve(const axis *a, int32_t k, int32_t n, double sum, int nonzero, int32_t *work)
{
    if (k == n)
        return nonzero && sum == 0;
    double below = k + 1 < n ? a[k + 1].rest : 0, step = (double)a[k].step;
    /* the first nonzero d may be taken positive: the negated solution is one too */
    double low = __builtin_ceil((-below - sum) / step),
           high = __builtin_floor((below - sum) / step);
    double most = (double)(a[k].n - 1);
    if (low < -most)
        low = -most;
    if (!nonzero && low < 0)
        low = 0;
    if (high > most)
        high = most;
    for (double d = low; d <= high; d++) {
        if (--*work < 0)
            return 1;
        if (solve(a, k + 1, n, sum + d * step, nonzero || d != 0, work))
            return 1;
    }
    return 0;
}

int dl__overlaps(const dl_tensor *t)
{
    axis a[DL_MAX_DIMS];
    int32_t n = 0;
    if (dl__count_of(t) == 0)
        return 0; /* whatever the strides: those of [2, 0] are [0, 1] */
    for (int32_t i = 0; i < t->ndim; i++) {
        if (t->dims[i] == 1)
            continue;
        if (t->strides[i] == 0)
            return 1;
        int64_t step = t->strides[i] < 0 ? -t->strides[i] : t->strides[i];
        int32_t at = n++;
        for (; at > 0 && a[at - 1].step < step; at--)
            a[at] = a[at - 1];
        a[at] = (axis){t->dims[i], step, 0};
    }
    for (int32_t i = n - 1; i >= 0; i--)
        a[i].rest = (double)(a[i].n - 1) * (double)a[i].step + (i + 1 < n ? a[i + 1].rest : 0);
    int32_t work = WORK;
    return solve(a, 0, n, 0, 0, &work);
}
