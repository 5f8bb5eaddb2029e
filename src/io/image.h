/* Pictures: what more than one file of dl/image.h needs. */
#ifndef DL_IO_IMAGE_H
#define DL_IO_IMAGE_H
#include "dl/image.h"

/* The default of max_pixels, and the most it may be: a row then fits into 31 bits. */
#define DL__IMAGE_PIXELS INT64_C(100000000)
#define DL__IMAGE_MOST (INT64_C(1) << 28)
dl_status dl__image_check(dl_ctx *ctx, const char *who, int32_t channels, int64_t max_pixels);

/* The size in which the shorter side of h x w is `shorter`: the other is cut to a whole number. */
void dl__image_shorter(int64_t h, int64_t w, int64_t shorter, int64_t *to_h, int64_t *to_w);
/* Where the middle `part` of n begins. */
int64_t dl__image_middle(int64_t n, int64_t part);

/* What dl_image_write_png writes, *n bytes at *data, for dl__free. On failure *data is NULL. */
dl_status dl__image_png(const dl_tensor *t, void **data, size_t *n);
#endif
