/* Winograd convolution: kernels of 3 x 3 with stride 1 and no dilation, in one group. Tiles of
 * m x m outputs (m = 4 or 2) take (m + 2)^2 multiplications where the definition takes 9 m^2: 4 or
 * 2.25 times less. A result is not the definition's to the last bit; docs/numerics.md says how far
 * it is from it. Its bits depend on the shape of one example and on no number of examples, threads
 * or instructions; those of the gradient of the weights on the number of examples, too. */
#ifndef DL_KERNELS_NATIVE_WINOGRAD_H
#define DL_KERNELS_NATIVE_WINOGRAD_H
#include "kernels/conv.h"
#include "kernels/native/micro.h"

enum { DL__WINOGRAD_FORWARD, DL__WINOGRAD_DATA, DL__WINOGRAD_WEIGHT };

/* The tile, 4 or 2, that computes this pass (DL__WINOGRAD_*) of g; 0 where the definition is as
 * fast, where the shape is another, or where the context forbids it. */
int32_t dl__winograd_wanted(dl_ctx *ctx, const dl__conv *g, int32_t pass);
/* Neither the option no_winograd nor DL_WINOGRAD=0 in the environment forbids it. */
int dl__winograd_allowed(dl_ctx *ctx);
/* The shape is one that tiles of 2 and 4 can compute. */
int dl__winograd_fits(const dl__conv *g);

/* As dl__conv_forward, dl__conv_data, dl__conv_weight, by tiles m of a g that fits. */
dl_status dl__winograd_forward(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g,
                               const void *x, const void *w, const void *bias, void *y);
dl_status dl__winograd_data(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g, const void *dy,
                            const void *w, const void *bias, void *dx);
dl_status dl__winograd_weight(dl_ctx *ctx, int32_t m, dl_dtype dt, const dl__conv *g, const void *x,
                              const void *dy, void *dw);

/* ---- what the passes share ------------------------------------------------------------------- */

enum { DL__WINOGRAD_STEP = 16, DL__WINOGRAD_POINTS = 36 };

/* The transforms of m. n channels, a multiple of DL__WINOGRAD_STEP, go side by side; the results
 * for the (m + 2)^2 points are `plane` elements apart. All distances count elements.
 *   input     (m + 2)^2 pixels, by pointers
 *   gradient  m^2 pixels of dy
 *   output    sums of the points, to rows x cols <= m x m pixels of y, lines `line` apart, + bias
 *   weights   `rows` of taps, `row` apart, the nine `tap` apart; rows of the result `to_row`
 *   finish    the sums over the tiles, in `parts` parts that are `part` apart, to nine taps */
typedef struct dl__winograd_kernels {
    void (*input)(const void *const *x, int64_t n, void *to, int64_t plane);
    void (*gradient)(const void *const *dy, int64_t n, void *to, int64_t plane);
    void (*output)(const void *from, int64_t plane, int64_t n, const void *bias, void *y,
                   int64_t line, int64_t rows, int64_t cols);
    void (*weights)(const void *w, int64_t tap, int64_t row, int64_t rows, int64_t n, void *to,
                    int64_t to_row, int64_t plane);
    void (*finish)(const void *from, int64_t plane, int64_t parts, int64_t part, int64_t n,
                   void *dw, int64_t tap);
} dl__winograd_kernels;

const dl__winograd_kernels *dl__winograd_kernels_of(dl_dtype dt, int32_t m);

/* The tiles of a convolution; axes 0 and 1 are those of the kernel. */
typedef struct dl__winograd_tiles {
    int64_t channels, outputs, in[2], out[2], before[2];
    int64_t across, image, all; /* tiles of a line, of an example, of all examples */
    int64_t size;               /* bytes of an element */
    int32_t m, points;
    const void *zeros; /* a pixel outside: as long as the longer of x's and y's */
} dl__winograd_tiles;

dl__winograd_tiles dl__winograd_tiles_of(const dl__conv *g, dl_dtype dt, int32_t m);
/* The (m + 2)^2 pixels of x that tile t reads, and its m^2 pixels of dy. */
void dl__winograd_pixels(const dl__winograd_tiles *g, int64_t t, const char *x, const void **pixel);
void dl__winograd_outputs(const dl__winograd_tiles *g, int64_t t, const char *dy,
                          const void **pixel);
/* Tiles of a block: what they become stays in the cache. */
int64_t dl__winograd_block(const dl__winograd_tiles *g);

/* c[rows, cols] = a b of one panel of b, cols a multiple of lanes: rows of a are a_row, their terms
 * a_step elements apart, and so on. flags: DL__MICRO_*. */
typedef struct dl__winograd_product {
    const dl__micro *micro;
    int64_t size, rows, cols, length;
    const char *a, *b;
    char *c;
    int64_t a_row, a_step, b_step, c_row;
    int32_t flags;
} dl__winograd_product;

void dl__winograd_multiply(const dl__winograd_product *p);

/* Panels of `cols` columns: all are two vectors wide, but a last one of one or three. */
static inline int64_t dl__winograd_panels(const dl__micro *k, int64_t cols)
{
    const int64_t panels = cols / (2 * k->lanes);
    return panels ? panels : 1;
}
static inline int64_t dl__winograd_width(const dl__micro *k, int64_t cols, int64_t panel)
{
    return panel + 1 < dl__winograd_panels(k, cols) ? 2 * k->lanes : cols - panel * 2 * k->lanes;
}
#endif
