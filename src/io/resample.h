/* Resizing planes, as PIL's BILINEAR does: a triangle as wide as the pixels of the result are in
 * the source, at least 2 pixels; first along rows, then along columns. Works on any thread, in room
 * that the caller gives. */
#ifndef DL_IO_RESAMPLE_H
#define DL_IO_RESAMPLE_H
#include <stddef.h>
#include <stdint.h>

typedef struct dl__resample {
    int64_t h, w, to_h, to_w; /* all at least 1 */
    int32_t f32;              /* elements are float; else bytes */
} dl__resample;

/* Bytes of room; 0 and *fits 0 if that is more than can be counted. */
size_t dl__resample_room(const dl__resample *r, int *fits);
/* n planes [h, w] at `from` become n planes [to_h, to_w] at `to`. Bytes are those of PIL, to the
 * bit: weights of 22 bits, a rounded byte between the two steps; floats are added up in double. */
void dl__resample_run(const dl__resample *r, const void *from, int64_t n, void *to, void *room);
#endif
