/* dl/image.h: pictures: reading, cutting, resizing and writing them.
 *
 * A picture is a tensor [C, H, W]: u8 from 0 to 255, or f32 from 0 to 1. Channels are grey (1), or
 * red, green and blue (3). */
#ifndef DL_IMAGE_H
#define DL_IMAGE_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- writing --------------------------------------------------------------------------------- */

/* Writes t, [H, W] or [C, H, W] with C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA), to path, a
 * PNG file of 8 bits: u8 as it is; f32 and f64 times 255, rounded, what is below 0 or above 1 cut,
 * NaN as 0. Any strides. All or nothing, as all files of this library. Another shape is DL_ESHAPE,
 * another type DL_EDTYPE, more than 2^30 bytes DL_ELIMIT. */
DL_API dl_status dl_image_write_png(const dl_tensor *t, const char *path);

#ifdef __cplusplus
}
#endif
#endif
