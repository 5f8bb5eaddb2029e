/* Places of a convolution as rows of a matrix: im2col, a tile of rows at a time. */
#ifndef DL_KERNELS_PATCHES_H
#define DL_KERNELS_PATCHES_H
#include "kernels/conv.h"

/* Along one axis: place j and tap t read index j step + start + t gap of an input with size
 * entries; gap >= 1. */
typedef struct dl__taps {
    int64_t places, taps, step, start, gap, size;
} dl__taps;

/* Rows [example, place..], columns [tap.., width]. Of each entry of x, pixel bytes apart, `width`
 * bytes are read. */
typedef struct dl__patches {
    dl__taps axis[DL__CONV_AXES];
    int64_t n, pixel, width;
} dl__patches;

int64_t dl__patches_rows(const dl__patches *v); /* of all examples */
int64_t dl__patches_taps(const dl__patches *v);
/* 1 when row i is entry i of x, so that nothing needs to be gathered. */
int dl__patches_plain(const dl__patches *v);
/* Rows first .. first + count - 1, with what lies outside as zeros, to `to`: taps * width bytes
 * each. */
void dl__patches_fill(const dl__patches *v, const char *x, int64_t first, int64_t count, char *to);
/* Where row i is: its places along the axes; returns the example. */
int64_t dl__patches_place(const dl__patches *v, int64_t i, int64_t place[DL__CONV_AXES]);
#endif
