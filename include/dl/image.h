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

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct dl_image_opts {
    int32_t channels;    /* 0: as in the file; 1: grey; 3: colours                              */
    int32_t reserved0;   /* must be zero, as these                                              */
    int64_t max_pixels;  /* of a picture, more is DL_ELIMIT; default 10^8, at most 2^28         */
    int64_t reserved[6]; /* must be zero                                                        */
} dl_image_opts;
/* Reads a JPEG (baseline or progressive, 8 bits), PNG or BMP (not packed) file, known by its first
 * bytes. u8 [C, H, W]: C is 1 for grey files and 3 for all others, palettes too, unless channels
 * says otherwise; grey = (19595 R + 38470 G + 7471 B + 32768) / 65536, as in PIL. Alpha is dropped,
 * not mixed with a background; of 16 bits the upper 8 are kept; of an animation, the first picture.
 * Colour profiles, gamma and EXIF are ignored: a picture that a camera marked as turned comes as it
 * was stored. Pixels of PNG and BMP are those of PIL, of JPEG nearly so (its decoder rounds
 * otherwise). A damaged or cut file is DL_EFORMAT, with the path and what is wrong; a kind of these
 * formats that is not read DL_EUNSUPPORTED; nothing is decoded before the structure of the whole
 * file was checked, and no size is believed that its bytes cannot hold. The result is yours. */
DL_API dl_tensor *dl_image_read(dl_ctx *ctx, const char *path, const dl_image_opts *opts);
/* The same of n bytes; name, for messages, may be NULL. */
DL_API dl_tensor *dl_image_decode(dl_ctx *ctx, const void *bytes, size_t n, const char *name,
                                  const dl_image_opts *opts);

/* ---- sizes and parts -------------------------------------------------------------------------
 * Of u8 and f32 tensors [..., H, W]: all planes alike. The results are yours, row-major, and no
 * part of any graph: for gradients there are dl_slice and the resampling of dl/conv.h. Another type
 * is DL_EDTYPE, a tensor without pixels DL_ESHAPE. */

/* h by w pixels, as PIL's BILINEAR and torchvision's Resize with antialias: when a picture shrinks,
 * each pixel is a weighted mean of all that it covers. Bytes are those of Pillow up to 12, to the
 * bit; 13 takes some sizes the other way round and may differ by 1. */
DL_API dl_tensor *dl_image_resize(const dl_tensor *t, int64_t h, int64_t w);
/* The shorter side becomes n, the longer one n * longer / shorter without its fraction:
 * torchvision's Resize(n). */
DL_API dl_tensor *dl_image_resize_shorter(const dl_tensor *t, int64_t n);
/* Rows top to top + h - 1, columns left to left + w - 1; DL_ESHAPE where they leave the picture. */
DL_API dl_tensor *dl_image_crop(const dl_tensor *t, int64_t top, int64_t left, int64_t h,
                                int64_t w);
/* The middle: top = (H - h) / 2, a half rounded to the even number, as in torchvision's CenterCrop,
 * left likewise. */
DL_API dl_tensor *dl_image_center_crop(const dl_tensor *t, int64_t h, int64_t w);

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
