/* Pictures that the library wrote, read back without it. */
#ifndef DL_SUPPORT_PNG_H
#define DL_SUPPORT_PNG_H
#include <stddef.h>

/* The pixels of a PNG file of n bytes, of 8 bits and not interlaced: *h rows of *w pixels of *c
 * bytes; free() them. */
unsigned char *png_read(const unsigned char *file, size_t n, int *h, int *w, int *c);
/* The same where the size is known, and asserted. */
unsigned char *png_unpack(const unsigned char *file, size_t n, int h, int w, int c);
/* The same for picture k, from 0, that an SVG file or a page holds as data. */
unsigned char *png_in_svg(const char *text, int k, int h, int w, int c);
#endif
