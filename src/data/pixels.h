/* What datasets of pictures share. */
#ifndef DL_DATA_PIXELS_H
#define DL_DATA_PIXELS_H
#include <stdint.h>

/* n bytes as numbers in [0, 1]. */
static inline void dl__unit_pixels(const uint8_t *from, int64_t n, float *to)
{
    for (int64_t k = 0; k < n; k++)
        to[k] = (float)from[k] / 255.0f;
}
#endif
