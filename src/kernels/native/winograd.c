/* Winograd convolution: when, the tiles, and the products. */
#include <string.h>
#include "core/ctx.h"
#include "core/env.h"
#include "kernels/native/winograd.h"

enum {
    GAIN = 3,               /* multiplications of the definition for 2 of the tiles, at least   */
    MANY_WEIGHTS = 1 << 16, /* channels times outputs: the transform of the weights takes as long
                               as tiles of 4 of one example, where there are ...                */
    FEW_TILES = 9,          /* ... not as many of them as this                                  */
    FEW_PLACES = 1 << 8,    /* of a batch: the gradient of so many weights gains nothing        */
    PLACES_MAX = 1 << 24,   /* along an axis                                                    */
    BLOCK_BYTES = 2 << 20,
    BLOCK_MIN = 28,
    BLOCK_MAX = 448,
    ROWS_MAX = 64 /* of a micro-kernel */
};

int dl__winograd_fits(const dl__conv *g)
{
    int fits = g->groups == 1 && g->channels > 0 && g->outputs > 0 && g->kernel[0] == 1 &&
               g->stride[0] == 1 && g->before[0] == 0 && g->in[0] == g->out[0] &&
               g->channels % DL__WINOGRAD_STEP == 0 && g->outputs % DL__WINOGRAD_STEP == 0;
    for (int k = 1; k < DL__CONV_AXES; k++)
        fits &= g->kernel[k] == 3 && g->stride[k] == 1 && g->dilation[k] == 1 &&
                g->in[k] < PLACES_MAX && g->out[k] < PLACES_MAX && g->before[k] < PLACES_MAX &&
                g->before[k] > -PLACES_MAX;
    return fits;
}

int dl__winograd_allowed(dl_ctx *ctx)
{
    if (!ctx->winograd) {
        const char *wish = dl__env("DL_WINOGRAD");
        ctx->winograd = ctx->opts.no_winograd || (wish && strcmp(wish, "0") == 0) ? -1 : 1;
    }
    return ctx->winograd > 0;
}

/* By the sizes of one example alone, so that the examples of a batch may go in any parts. The
 * gradient of the weights is a sum over the batch, and may ask for its size: the sums of all points
 * are written and read once, so that there must be enough to add. */
int32_t dl__winograd_wanted(dl_ctx *ctx, const dl__conv *g, int32_t pass)
{
    const int64_t *size = pass == DL__WINOGRAD_DATA ? g->in : g->out;
    if (!dl__winograd_fits(g) || !dl__winograd_allowed(ctx) || size[1] < 4 || size[2] < 4)
        return 0;
    const int many = g->channels * g->outputs >= MANY_WEIGHTS;
    for (int32_t m = 4; m >= 2; m -= 2) {
        const int64_t tiles = ((size[1] + m - 1) / m) * ((size[2] + m - 1) / m);
        const int few = pass == DL__WINOGRAD_WEIGHT ? tiles * m * m * g->n * g->in[0] < FEW_PLACES
                                                    : m == 4 && tiles < FEW_TILES;
        if (!(many && few) && 2 * 9 * size[1] * size[2] >= GAIN * (m + 2) * (m + 2) * tiles)
            return m;
    }
    return 0;
}

/* ---- tiles ----------------------------------------------------------------------------------- */

dl__winograd_tiles dl__winograd_tiles_of(const dl__conv *g, dl_dtype dt, int32_t m)
{
    dl__winograd_tiles t = {.channels = g->channels,
                            .outputs = g->outputs,
                            .in = {g->in[1], g->in[2]},
                            .out = {g->out[1], g->out[2]},
                            .before = {g->before[1], g->before[2]},
                            .size = dt == DL_F32 ? 4 : 8,
                            .m = m,
                            .points = (m + 2) * (m + 2)};
    t.across = (g->out[2] + m - 1) / m;
    t.image = (g->out[1] + m - 1) / m * t.across;
    t.all = t.image * g->n * g->in[0];
    return t;
}

int64_t dl__winograd_block(const dl__winograd_tiles *g)
{
    const int64_t fit = BLOCK_BYTES / (DL__WINOGRAD_POINTS * g->size * (g->channels + g->outputs));
    const int64_t most = fit < BLOCK_MIN ? BLOCK_MIN : fit > BLOCK_MAX ? BLOCK_MAX : fit;
    const int64_t blocks = (g->all + most - 1) / most;
    return blocks ? (g->all + blocks - 1) / blocks : 1;
}

static int64_t between(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* side x side pixels from line y, column x on, of an example with `size` lines and columns. */
static void square(const char *example, const int64_t size[2], int64_t y, int64_t x, int64_t side,
                   int64_t bytes, const void *zeros, const void **pixel)
{
    const int64_t from = between(-x, 0, side), to = between(size[1] - x, from, side);
    for (int64_t i = y; i < y + side; i++) {
        const int inside = i >= 0 && i < size[0];
        const int64_t begin = inside ? from : side, end = inside ? to : side;
        const int64_t line = (i * size[1] + x) * bytes;
        for (int64_t j = 0; j < begin; j++)
            *pixel++ = zeros;
        for (int64_t j = begin; j < end; j++)
            *pixel++ = example + (line + j * bytes);
        for (int64_t j = end; j < side; j++)
            *pixel++ = zeros;
    }
}

void dl__winograd_pixels(const dl__winograd_tiles *g, int64_t t, const char *x, const void **pixel)
{
    const int64_t n = t / g->image, y = t % g->image / g->across, bytes = g->channels * g->size;
    square(x + n * g->in[0] * g->in[1] * bytes, g->in, y * g->m - g->before[0],
           t % g->across * g->m - g->before[1], g->m + 2, bytes, g->zeros, pixel);
}

void dl__winograd_outputs(const dl__winograd_tiles *g, int64_t t, const char *dy,
                          const void **pixel)
{
    const int64_t n = t / g->image, y = t % g->image / g->across, bytes = g->outputs * g->size;
    square(dy + n * g->out[0] * g->out[1] * bytes, g->out, y * g->m, t % g->across * g->m, g->m,
           bytes, g->zeros, pixel);
}

/* ---- products -------------------------------------------------------------------------------- */

/* Tiles of rows are of about one height. */
void dl__winograd_multiply(const dl__winograd_product *p)
{
    const int32_t wide = (int32_t)(p->cols / p->micro->lanes);
    const int32_t most = p->micro->rows[wide] < ROWS_MAX ? p->micro->rows[wide] : ROWS_MAX;
    const int64_t tiles = (p->rows + most - 1) / most;
    const void *a[ROWS_MAX];
    void *c[ROWS_MAX];
    const dl__micro_args g = {.segments = 1,
                              .length = p->length,
                              .a = a,
                              .a_step = p->a_step,
                              .b = p->b,
                              .b_step = p->b_step,
                              .c = c,
                              .cols = (int32_t)p->cols,
                              .flags = p->flags};
    for (int64_t t = 0; t < tiles; t++) {
        const int64_t from = p->rows * t / tiles, rows = p->rows * (t + 1) / tiles - from;
        for (int64_t i = 0; i < rows; i++) {
            a[i] = p->a + (from + i) * p->a_row * p->size;
            c[i] = p->c + (from + i) * p->c_row * p->size;
        }
        p->micro->kernel[wide][rows](&g);
    }
}
