#ifndef DL_DATA_ROTATE_H
#define DL_DATA_ROTATE_H
#include "data/transform.h"

/* Turns a picture around its middle, counter-clockwise; what was outside is fill. */
void dl__rotate(const dl__picture *p, double degrees, int32_t nearest, float fill, const float *in,
                float *out);
#endif
