/* Random numbers by counter: Philox4x32-10 (Salmon et al., SC 2011). A number depends on
 * (seed, purpose, ticket, index) alone, so order and threads do not matter. */
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
    DL__FOR_INIT = 6
};

/* One stream. Block i of a stream is philox(counter = (i, ticket), key = seed mixed with purpose). */
typedef struct dl__stream {
    uint32_t key[2], ticket[2];
} dl__stream;
dl__stream dl__random_stream(uint64_t seed, uint32_t purpose, uint64_t ticket);

/* Four words, block i of the stream. */
void dl__random_block(const dl__stream *s, uint64_t i, uint32_t out[4]);
/* Element i of the stream as ... each is a pure function of i. */
float dl__uniform_f32(const dl__stream *s, uint64_t i);  /* [0, 1), 24 bits */
double dl__uniform_f64(const dl__stream *s, uint64_t i); /* [0, 1), 53 bits */
/* Fills of n elements, beginning at element first of the stream; equal to the pure functions, faster. */
void dl__fill_uniform_f32(const dl__stream *s, uint64_t first, float *x, int64_t n);
void dl__fill_uniform_f64(const dl__stream *s, uint64_t first, double *x, int64_t n);
void dl__fill_normal_f32(const dl__stream *s, uint64_t first, float *x,
                         int64_t n); /* Box-Muller, mean 0, deviation 1 */
void dl__fill_normal_f64(const dl__stream *s, uint64_t first, double *x, int64_t n);
/* Uniform on [0, bound), bound >= 1, without bias (Lemire 2019 with rejection; retries take words
 * of a sub-stream of element i, so elements stay independent of one another). */
uint64_t dl__bounded(const dl__stream *s, uint64_t i, uint64_t bound);
/* A permutation of 0 .. n-1 (Fisher-Yates). */
void dl__permutation(const dl__stream *s, int64_t *out, int64_t n);
#endif
