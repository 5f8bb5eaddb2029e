/* Random numbers by counter: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as
 * 1, 2, 3, SC 2011). A number depends on (seed, purpose, ticket, index) alone, so neither order nor
 * threads matter, and nothing but the four has to be kept to have it again.
 *
 * The keying, part of the promise of same bits:
 *   key     = mix(seed + purpose * 0x9e3779b97f4a7c15), low word first; mix is the finalizer of
 *             SplitMix64, a bijection, so two seeds never share a stream of one purpose;
 *   block i = philox4x32-10(counter = (i low, i high, ticket low, ticket high), key), four words
 *             w0 .. w3 of 32 bits.
 * Elements of a stream, b being a block:
 *   uniform f32   element 4 b + k = (wk >> 8) 2^-24
 *   uniform f64   element 2 b + k = (w(2k) + 2^32 w(2k+1) >> 11) 2^-53
 *   normal f32    elements 4 b, 4 b + 1 = r cos(2 pi v), r sin(2 pi v) (Box and Muller, 1958) with
 *                 r = sqrt(-2 log u), u = (w0 + 1/2) 2^-32, v = (w1 >> 8) 2^-24; the next two from
 *                 w2, w3
 *   normal f64    elements 2 b, 2 b + 1 likewise, u = ((w0 + 2^32 w1 >> 11) + 1) 2^-53,
 *                 v = (w2 + 2^32 w3 >> 11) 2^-53
 *   bounded       element i from block i, see dl__bounded. */
#ifndef DL_CORE_RANDOM_H
#define DL_CORE_RANDOM_H
#include <stdint.h>

/* What the numbers are for; keeps streams apart. Values are part of the promise of same bits:
 * never renumber. */
enum {
    DL__FOR_FILL = 1,
    DL__FOR_OPERATION = 2,
    DL__FOR_SHUFFLE = 3,
    DL__FOR_SPLIT = 4,
    DL__FOR_SAMPLE = 5,
    DL__FOR_INIT = 6,
    DL__FOR_DRAW = 7,
    DL__FOR_DRAWN = 8,
    DL__FOR_AUGMENT = 9
};

typedef struct dl__stream {
    uint32_t key[2], ticket[2];
} dl__stream;
dl__stream dl__random_stream(uint64_t seed, uint32_t purpose, uint64_t ticket);

/* Four words, block i of the stream. */
void dl__random_block(const dl__stream *s, uint64_t i, uint32_t out[4]);

/* Element i of the stream. Uniform: [0, 1), 24 or 53 bits. Normal: mean 0, deviation 1, within 6.8
 * or 8.6 deviations. */
float dl__uniform_f32(const dl__stream *s, uint64_t i);
double dl__uniform_f64(const dl__stream *s, uint64_t i);
float dl__normal_f32(const dl__stream *s, uint64_t i);
double dl__normal_f64(const dl__stream *s, uint64_t i);

/* Elements first .. first + n - 1; equal to the functions above, faster. */
void dl__fill_uniform_f32(const dl__stream *s, uint64_t first, float *x, int64_t n);
void dl__fill_uniform_f64(const dl__stream *s, uint64_t first, double *x, int64_t n);
void dl__fill_normal_f32(const dl__stream *s, uint64_t first, float *x, int64_t n);
void dl__fill_normal_f64(const dl__stream *s, uint64_t first, double *x, int64_t n);

/* Uniform on [0, bound), bound >= 1 (0 gives 0), without bias: Lemire, Fast Random Integer
 * Generation in an Interval, 2019. Tries w0 + 2^32 w1 of block i, then w2 + 2^32 w3, then the same
 * of block i of streams derived from this one, so that elements are independent of each other. */
uint64_t dl__bounded(const dl__stream *s, uint64_t i, uint64_t bound);

/* A permutation of 0 .. n-1 (Fisher and Yates): for i = n-1 .. 1, swaps entries i and
 * dl__bounded(s, i, i + 1). */
void dl__permutation(const dl__stream *s, int64_t *out, int64_t n);
#endif
