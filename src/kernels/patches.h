/* Places of a convolution as rows of a matrix: im2col, a tile of rows at a time. */
#ifndef DL_KERNELS_PATCHES_H
#define DL_KERNELS_PATCHES_H
#include "kernels/conv.h"

/* Along one axis: place j and tap t read index j step + start + t gap of an input with size
 * entries; gap >= 1. */
typedef struct dl__taps {
    int64_t places, taps, step, start, gap, size;
} dl__taps;

/* The taps of a place that lie inside: from .. end - 1. */
static inline void dl__taps_inside(const dl__taps *a, int64_t place, int64_t *from, int64_t *end)
{
    const int64_t at = place * a->step + a->start, room = a->size - at;
    const int64_t first = at < 0 ? (-at + a->gap - 1) / a->gap : 0;
    const int64_t last = room <= 0 ? 0 : (room + a->gap - 1) / a->gap;
    *end = last < a->taps ? last : a->taps;
    *from = first < *end ? first : *end;
}
/* The places whose tap t lies inside: from .. end - 1. */
static inline void dl__taps_places(const dl__taps *a, int64_t t, int64_t *from, int64_t *end)
{
    const int64_t at = a->start + t * a->gap, room = a->size - 1 - at;
    const int64_t last = room < 0 ? 0 : room / a->step + 1;
    *end = last < a->places ? last : a->places;
    *from = at < 0 ? (-at + a->step - 1) / a->step : 0;
    *from = *from < *end ? *from : *end;
}

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
/* n runs of whole floats, bytes long: from step to step, to row to row. */
void dl__patches_copy(int64_t n, int64_t bytes, const char *from, int64_t step, char *to,
                      int64_t row);
/* Where row i is: its places along the axes; returns the example. */
int64_t dl__patches_place(const dl__patches *v, int64_t i, int64_t place[DL__CONV_AXES]);
/* Moves place on by n, not beyond the end of the last axis; 1 where the next example begins. */
int64_t dl__patches_step(const dl__patches *v, int64_t place[DL__CONV_AXES], int64_t n);
#endif
