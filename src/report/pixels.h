/* Numbers as pixels in a picture. */
#ifndef DL_REPORT_PIXELS_H
#define DL_REPORT_PIXELS_H
#include "report/svg.h"
#include "tensor/tensor.h"

enum { DL__PIXELS = 1 << 24 }; /* elements that a picture may show */

/* A picture: planes of h * w numbers, one (grey) or three (red, green, blue), `apart` elements
 * apart. */
typedef struct dl__tile {
    const double *v;
    int64_t h, w, apart;
    int32_t planes;
} dl__tile;

/* What is black and what is white. Not yet widened: both NaN. */
typedef struct dl__range {
    double low, high;
} dl__range;
/* The range reaches to all finite numbers of the tile. */
void dl__range_widen(dl__range *r, const dl__tile *t);
/* An empty range becomes one around its number; with middle 1 zero is in the middle. */
void dl__range_settle(dl__range *r, int middle);

/* The tile at (x, y), width by height pixels of the page, in greys or colours over the range; NaN
 * is violet. */
void dl__svg_tile(dl__svg *s, const dl__tile *t, const dl__range *r, double x, double y,
                  double width, double height);
/* Its longest side after this is at most `most`: means of squares, in new memory for dl__free, of
 * which out is made; what t holds when it is small enough, and then *memory is NULL. */
dl_status dl__tile_shrink(dl_ctx *ctx, const dl__tile *t, int64_t most, dl__tile *out,
                          double **memory);
/* The elements of t as doubles, row-major, for dl__free. NULL on failure: another context, no data,
 * no float or u8, more elements than DL__PIXELS. who begins messages. */
double *dl__pixels_of(dl_ctx *ctx, const char *who, const dl_tensor *t);
#endif
