/* The one door to stb_image. */
#ifndef DL_IO_PICTURE_STB_H
#define DL_IO_PICTURE_STB_H
#include <stddef.h>
#include <stdint.h>

enum { DL__STB_STATE = 32 << 10 }; /* room for its state */

/* The rows of a JPEG file that picture_jpeg.c has checked, channels (1 or 3) bytes a pixel, inside
 * room; NULL when it cannot be decoded. All memory comes from room, which lasts. */
const uint8_t *dl__stb_jpeg(const uint8_t *p, size_t n, int channels, void *room, size_t bytes);
#endif
