/* Columns of a product in panels as wide as a tile of the micro-kernel, and tiles over rows. */
#ifndef DL_KERNELS_NATIVE_PANELS_H
#define DL_KERNELS_NATIVE_PANELS_H
#include "kernels/native/micro.h"

/* Panel q has the columns from q * wide on: two vectors, the last one up to three. In memory a
 * packed panel of depth k begins at k * q * wide. */
typedef struct dl__panels {
    const dl__micro *micro;
    int64_t cols, vectors, n, wide;
} dl__panels;

static inline dl__panels dl__panels_of(dl_dtype dt, int64_t cols)
{
    const dl__micro *m = dl__micro_of(dt);
    const int64_t vectors = (cols + m->lanes - 1) / m->lanes;
    return (dl__panels){m, cols, vectors, vectors < 2 ? vectors : vectors / 2, 2 * m->lanes};
}
static inline int32_t dl__panel_vectors(const dl__panels *p, int64_t q)
{
    return (int32_t)(q + 1 < p->n ? 2 : p->vectors - 2 * q);
}
/* Columns of panel q, without what fills up the last vector. */
static inline int64_t dl__panel_cols(const dl__panels *p, int64_t q)
{
    return q + 1 < p->n ? p->wide : p->cols - q * p->wide;
}

/* Rows [k] of panel q to `to`, the last vector filled up with zeros. Element (i, j) of from is at
 * i * row + j * col elements. */
void dl__panel_pack(const dl__panels *p, dl_dtype dt, int64_t q, int64_t k, const char *from,
                    int64_t row, int64_t col, char *to);

/* Panel q of `rows` rows: a and c are pointers to all rows, of c to column 0 of panel 0; the rest
 * of g is set but for a, c and cols. */
void dl__panel_run(const dl__panels *p, int64_t q, int64_t size, int64_t rows, const void *const *a,
                   char *const *c, const dl__micro_args *g);
#endif
