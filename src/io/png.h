/* PNG files in memory: writing. */
#ifndef DL_IO_PNG_H
#define DL_IO_PNG_H
#include <stddef.h>
#include <stdint.h>
#include "dl/ctx.h"

/* h rows of w pixels of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) bytes as a PNG file of *n
 * bytes at *data, for dl__free. No pixels are DL_ESHAPE, more than 2^30 bytes of them DL_ELIMIT.
 * The same pixels give the same file with the same zlib. On failure *data is NULL. */
dl_status dl__png_encode(dl_ctx *ctx, const uint8_t *pixels, int64_t h, int64_t w, int32_t channels,
                         void **data, size_t *n);
#endif
