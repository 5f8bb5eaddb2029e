#include "kernels/native/panels.h"
#include "kernels/native/pack.h"

enum { ROWS_MAX = 64 };

void dl__panel_pack(const dl__panels *p, dl_dtype dt, int64_t q, int64_t k, const char *from,
                    int64_t row, int64_t col, char *to)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    dl__pack_of(dt)(k, dl__panel_cols(p, q), dl__panel_vectors(p, q) * p->micro->lanes,
                    from + q * p->wide * col * size, row, col, to);
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
