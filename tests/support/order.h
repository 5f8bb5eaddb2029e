/* The definition of sorting, for tests. */
#ifndef DL_TESTS_ORDER_H
#define DL_TESTS_ORDER_H
#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

/* 1 when a comes before b: NaN is greater than all numbers. */
static inline int order_before(double a, double b, int descending)
{
    const double first = descending ? b : a, second = descending ? a : b;
    return isnan(second) ? !isnan(first) : first < second;
}

/* value and index are the first k in order of the rows of t [rows, n], by selection: each is the
 * first of those left that nothing left comes before. */
static inline void expect_order(const dl_tensor *t, int descending, int64_t k, dl_tensor *value,
                                dl_tensor *index)
{
    const int64_t rows = t->dims[0], n = t->dims[1];
    double *x = values_of(t), *y = values_of(value), *at = values_of(index);
    char *used = calloc(1, (size_t)n + 1);
    assert_shape(value, rows, k);
    assert_shape(index, rows, k);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++)
            used[j] = 0;
        for (int64_t i = 0; i < k; i++) {
            int64_t best = -1;
            for (int64_t j = 0; j < n; j++)
                if (!used[j] &&
                    (best < 0 || order_before(x[r * n + j], x[r * n + best], descending)))
                    best = j;
            used[best] = 1;
            assert_true(at[r * k + i] == (double)best);
            const double v = x[r * n + best], found = y[r * k + i];
            assert_true((isnan(v) && isnan(found)) || (v == found && signbit(v) == signbit(found)));
        }
    }
    free(x);
    free(y);
    free(at);
    free(used);
}

/* Rows with many equal elements and, of floats, every special value. */
static inline dl_tensor *order_rows(dl_ctx *ctx, dl_dtype dt, int64_t rows, int64_t n,
                                    uint64_t seed)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, -0.0, 0.0, 1e-310, -1e-310};
    double *v = malloc((size_t)(rows * n + 1) * sizeof *v);
    for (int64_t i = 0; i < rows * n; i++) {
        const double u = random_number(&seed);
        if (u < 0.1 && (dt == DL_F32 || dt == DL_F64))
            v[i] = special[(int)(u * 70)];
        else if (u < 0.5)
            v[i] = floor(u * 10 - 2);
        else
            v[i] = (u - 0.75) * (dt == DL_U8 ? 500 : 1e6);
    }
    dl_tensor *t = tensor_of(ctx, dt, v, DL_SHAPE(rows, n));
    free(v);
    return t;
}
#endif
