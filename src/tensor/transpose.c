#include <string.h>
#include "core/parallel.h"
#include "tensor/transpose.h"

enum { TILE = 16, PIECE = 16384, SHORT = 4 };

typedef struct job {
    dl__walk outer;  /* the other axes; its data are the bases */
    int64_t a, b;    /* sizes: of the axis along which src is dense, and dst is dense */
    int64_t da, sb;  /* step of dst along a, of src along b */
    int64_t rows;    /* of a, in one item: a multiple of TILE */
    int64_t n_items; /* of one matrix */
    size_t size;
} job;

#define TILE_OF(size)                                                                              \
    static void tile_##size(char *d, const char *s, int64_t na, int64_t nb, int64_t da,            \
                            int64_t sb)                                                            \
    {                                                                                              \
        for (int64_t i = 0; i < na; i++)                                                           \
            for (int64_t j = 0; j < nb; j++)                                                       \
                memcpy(d + i * da + j * size, s + i * size + j * sb, size);                        \
    }
TILE_OF(1)
TILE_OF(2)
TILE_OF(4)
TILE_OF(8)

static void copy_tiles(void *arg, int64_t item)
{
    static void (*const by_size[])(char *, const char *, int64_t, int64_t, int64_t, int64_t) = {
        [1] = tile_1, [2] = tile_2, [4] = tile_4, [8] = tile_8};
    const job *t = arg;
    char *d = t->outer.data[0];
    const char *s = t->outer.data[1];
    int64_t matrix = item / t->n_items, from = item % t->n_items * t->rows;
    int64_t end = t->a - from < t->rows ? t->a : from + t->rows, size = (int64_t)t->size;
    for (int32_t k = t->outer.ndim - 1; k >= 0; k--) {
        int64_t at = matrix % t->outer.dims[k];
        matrix /= t->outer.dims[k];
        d += at * t->outer.steps[0][k];
        s += at * t->outer.steps[1][k];
    }
    for (int64_t i = from; i < end; i += TILE)
        for (int64_t j = 0; j < t->b; j += TILE)
            by_size[size](d + i * t->da + j * size, s + i * size + j * t->sb,
                          end - i < TILE ? end - i : TILE, t->b - j < TILE ? t->b - j : TILE, t->da,
                          t->sb);
}

int dl__copy_transposed(dl_ctx *ctx, const dl__walk *w, size_t size)
{
    int32_t inner = w->ndim - 1, along = -1;
    if (w->ndim < 2 || w->steps[0][inner] != (int64_t)size || w->dims[inner] < SHORT)
        return 0;
    for (int32_t k = 0; k < inner; k++)
        if (w->steps[1][k] == (int64_t)size && w->dims[k] >= SHORT)
            along = k;
    if (along < 0 || w->steps[1][inner] == (int64_t)size || w->steps[1][inner] == 0)
        return 0;
    job t = {.outer = *w, .a = w->dims[along], .b = w->dims[inner], .size = size};
    t.da = w->steps[0][along];
    t.sb = w->steps[1][inner];
    t.rows = (PIECE / t.b / TILE + 1) * TILE;
    t.n_items = (t.a - 1) / t.rows + 1;
    int64_t matrices = 1;
    int32_t n = 0;
    for (int32_t k = 0; k < inner; k++) {
        if (k == along)
            continue;
        matrices *= w->dims[k];
        t.outer.dims[n] = w->dims[k];
        for (int32_t i = 0; i < 2; i++)
            t.outer.steps[i][n] = w->steps[i][k];
        n++;
    }
    t.outer.ndim = n;
    dl__parallel(ctx, matrices * t.n_items, copy_tiles, &t);
    return 1;
}
