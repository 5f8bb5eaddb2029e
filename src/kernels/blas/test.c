/* The self-test of BLAS at first use. Kernels chosen for the wrong processor have given wrong
 * numbers before; a few products against the plain reference take a fraction of a millisecond. */
#include <math.h>
#include "kernels/blas/blas.h"
#include "kernels/plain/plain.h"

#if !defined(DL_BLAS_NONE)

enum { SIDE = 64 };

static struct {
    float a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE], want[SIDE * SIDE];
} f;
static struct {
    double a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE], want[SIDE * SIDE];
} d;

/* Small multiples of 1/8: every product and sum is exact, so the results must be equal. */
static void fill(void)
{
    uint32_t r = 1;
    for (int i = 0; i < SIDE * SIDE; i++) {
        r = r * 1664525u + 1013904223u;
        f.a[i] = (float)(int)(r >> 28) / 8 - 1;
        f.b[i] = (float)(int)(r >> 24 & 15) / 8 - 1;
        d.a[i] = (double)f.a[i];
        d.b[i] = (double)f.b[i];
    }
}

static int equal_products(int64_t m, int64_t n, int64_t k, int ta, int tb, int accumulate)
{
    dl__gemm_args g = {.m = m,
                       .n = n,
                       .k = k,
                       .a_row = ta ? 1 : k,
                       .a_col = ta ? m : 1,
                       .b_row = tb ? 1 : n,
                       .b_col = tb ? k : 1,
                       .c_row = n,
                       .accumulate = accumulate,
                       .batch = 1};
    for (int64_t i = 0; i < m * n; i++) {
        d.c[i] = d.want[i] = accumulate ? 3.0 : (double)NAN; /* the old c must not leak */
        f.c[i] = f.want[i] = (float)d.c[i];
    }
    g.a = f.a, g.b = f.b, g.c = f.c;
    dl__blas_gemm_f32(&g);
    g.c = f.want;
    dl__plain_gemm_f32(&g);
    g.a = d.a, g.b = d.b, g.c = d.c;
    dl__blas_gemm_f64(&g);
    g.c = d.want;
    dl__plain_gemm_f64(&g);
    for (int64_t i = 0; i < m * n; i++)
        if (f.c[i] != f.want[i] || d.c[i] != d.want[i])
            return 0;
    return 1;
}

/* Zero times infinity is NaN, whatever a library skips. */
static int nan_survives(void)
{
    dl__gemm_args g = {.m = 4,
                       .n = 16,
                       .k = 8,
                       .a_row = 8,
                       .a_col = 1,
                       .b_row = 16,
                       .b_col = 1,
                       .c_row = 16,
                       .batch = 1,
                       .a = f.a,
                       .b = f.b,
                       .c = f.c};
    for (int i = 0; i < SIDE; i++)
        f.a[i] = 0;
    f.b[5] = (float)INFINITY;
    dl__blas_gemm_f32(&g);
    int ok = isnan(f.c[5]) && isnan(f.c[3 * 16 + 5]) && f.c[4] == 0;
    g.m = 1;
    dl__blas_gemm_f32(&g);
    return ok && isnan(f.c[5]) && f.c[4] == 0;
}

const char *dl__blas_test(void)
{
    static const int shapes[][3] = {{64, 64, 64}, {63, 61, 59}, {33, 17, 5}, {1, 64, 64},
                                    {1, 61, 63},  {64, 1, 64},  {7, 3, 1},   {2, 2, 64}};
    fill();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int how = 0; how < 8; how++)
            if (!equal_products(shapes[i][0], shapes[i][1], shapes[i][2], how & 1, how >> 1 & 1,
                                how >> 2))
                return "its self-test gave wrong numbers";
    return nan_survives() ? NULL : "its self-test lost a NaN";
}

#endif
