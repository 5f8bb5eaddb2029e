#include "kernels/native/panels.h"
#include <string.h>

enum { SQUARE = 16, ROWS_MAX = 64 };

/* to[k, wide] = from transposed, in squares that stay in the cache. */
#define TURN(real)                                                                                 \
    for (int64_t i = 0; i < k; i += SQUARE)                                                        \
        for (int64_t j = 0; j < cols; j++)                                                         \
            for (int64_t h = i; h < k && h < i + SQUARE; h++)                                      \
                ((real *)(void *)to)[h * wide + j] =                                               \
                    ((const real *)(const void *)from)[h + j * col];

void dl__panel_pack(const dl__panels *p, dl_dtype dt, int64_t q, int64_t k, const char *from,
                    int64_t row, int64_t col, char *to)
{
    const int64_t size = dt == DL_F32 ? 4 : 8, cols = dl__panel_cols(p, q);
    const int64_t wide = dl__panel_vectors(p, q) * p->micro->lanes;
    from += q * p->wide * col * size;
    if (cols < wide)
        for (int64_t i = 0; i < k; i++)
            memset(to + (i * wide + cols) * size, 0, (size_t)((wide - cols) * size));
    if (col == 1)
        for (int64_t i = 0; i < k; i++)
            memcpy(to + i * wide * size, from + i * row * size, (size_t)(cols * size));
    else if (dt == DL_F32)
        TURN(float)
    else
        TURN(double)
}

void dl__panel_run(const dl__panels *p, int64_t q, int64_t size, int64_t rows, const void *const *a,
                   char *const *c, const dl__micro_args *g)
{
    const int32_t v = dl__panel_vectors(p, q), most = p->micro->rows[v];
    const int64_t tiles = (rows + most - 1) / most, shift = q * p->wide * size;
    void *tile[ROWS_MAX];
    dl__micro_args one = *g;
    one.cols = (int32_t)dl__panel_cols(p, q);
    one.c = tile;
    /* Even heights: small tiles have too few chains to hide the latency of fma. */
    for (int64_t t = 0, from = 0, end; t < tiles; t++, from = end) {
        end = rows * (t + 1) / tiles;
        for (int64_t i = from; i < end; i++)
            tile[i - from] = c[i] + shift;
        one.a = a + from;
        p->micro->kernel[v][end - from](&one);
    }
}
