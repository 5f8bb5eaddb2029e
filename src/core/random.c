#include "core/random.h"
#include <string.h>
#define R123_ASSERT(x) /* a library does not stop its host */
#include <Random123/philox.h>
#include "core/isa.h"
#include "core/math.h"

enum { WORDS = 512 }; /* made at a time by the fills */

/* A bijection of 64-bit words (Steele et al., SplitMix, 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

dl__stream dl__random_stream(uint64_t seed, uint32_t purpose, uint64_t ticket)
{
    const uint64_t key = mix(seed + purpose * 0x9e3779b97f4a7c15u);
    return (dl__stream){{(uint32_t)key, (uint32_t)(key >> 32)},
                        {(uint32_t)ticket, (uint32_t)(ticket >> 32)}};
}

DL__MATH philox4x32_ctr_t philox(uint32_t k0, uint32_t k1, uint32_t c0, uint32_t c1, uint32_t c2,
                                 uint32_t c3)
{
    const philox4x32_ctr_t at = {{c0, c1, c2, c3}};
    const philox4x32_key_t key = {{k0, k1}};
    return philox4x32_R(10, at, key);
}

static philox4x32_ctr_t block(const dl__stream *s, uint64_t i)
{
    return philox(s->key[0], s->key[1], (uint32_t)i, (uint32_t)(i >> 32), s->ticket[0],
                  s->ticket[1]);
}

void dl__random_block(const dl__stream *s, uint64_t i, uint32_t out[4])
{
    const philox4x32_ctr_t w = block(s, i);
    memcpy(out, w.v, sizeof w.v);
}

/* ---- words to numbers; the one place that says how ---- */

DL__MATH uint64_t join(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

/* The upper 53 bits of u as a whole number, without the conversion that AVX2 does not have: each
 * half lands in the low bits of a large power of two. Exact. */
DL__MATH double upper53(uint64_t u)
{
    const uint64_t v = u >> 11;
    const double high = dl__from_bits_f64(0x4530000000000000u | v >> 32) - (0x1p84 + 0x1p52);
    return high + dl__from_bits_f64(0x4330000000000000u | (v & UINT32_MAX));
}

DL__MATH float unit_f32(uint32_t w)
{
    return (float)(int32_t)(w >> 8) * 0x1p-24f;
}

DL__MATH double unit_f64(uint32_t low, uint32_t high)
{
    return upper53(join(low, high)) * 0x1p-53;
}

DL__MATH void normals_f32(uint32_t w0, uint32_t w1, float *x)
{
    /* The halves of w0 apart: each converts exactly, and the sum is rounded once. */
    const float high = (float)(int32_t)(w0 >> 16), low = (float)(int32_t)(w0 & 0xffff) + 0.5f;
    const float u = __builtin_fmaf(high, 0x1p-16f, low * 0x1p-32f), v = unit_f32(w1);
    const float r = __builtin_sqrtf(-2.0f * dl__log_f32(u));
    x[0] = r * dl__turn_f32(v, 1);
    x[1] = r * dl__turn_f32(v, 0);
}

DL__MATH void normals_f64(const uint32_t *w, double *x)
{
    const double u = (upper53(join(w[0], w[1])) + 1.0) * 0x1p-53, v = unit_f64(w[2], w[3]);
    const double r = __builtin_sqrt(-2.0 * dl__log_f64(u));
    x[0] = r * dl__turn_f64(v, 1);
    x[1] = r * dl__turn_f64(v, 0);
}

float dl__uniform_f32(const dl__stream *s, uint64_t i)
{
    return unit_f32(block(s, i / 4).v[i % 4]);
}

double dl__uniform_f64(const dl__stream *s, uint64_t i)
{
    const philox4x32_ctr_t w = block(s, i / 2);
    return unit_f64(w.v[i % 2 * 2], w.v[i % 2 * 2 + 1]);
}

float dl__normal_f32(const dl__stream *s, uint64_t i)
{
    const philox4x32_ctr_t w = block(s, i / 4);
    float x[2];
    normals_f32(w.v[i % 4 & 2], w.v[(i % 4 & 2) + 1], x);
    return x[i % 2];
}

double dl__normal_f64(const dl__stream *s, uint64_t i)
{
    const philox4x32_ctr_t w = block(s, i / 2);
    double x[2];
    normals_f64(w.v, x);
    return x[i % 2];
}

/* ---- fills: the words of n blocks from b on, then the numbers, for every instruction set ---- */

typedef struct maker {
    void (*uniform_f32)(const dl__stream *s, uint64_t b, int n, float *x);
    void (*uniform_f64)(const dl__stream *s, uint64_t b, int n, double *x);
    void (*normal_f32)(const dl__stream *s, uint64_t b, int n, float *x);
    void (*normal_f64)(const dl__stream *s, uint64_t b, int n, double *x);
} maker;

#define MAKER(isa, target, unused)                                                                 \
    target static void words_##isa(const dl__stream *s, uint64_t b, int n, uint32_t *w)            \
    {                                                                                              \
        const uint32_t k0 = s->key[0], k1 = s->key[1], t0 = s->ticket[0], t1 = s->ticket[1];       \
        for (int i = 0; i < n; i++) {                                                              \
            const uint64_t at = b + (uint64_t)i;                                                   \
            const philox4x32_ctr_t c = philox(k0, k1, (uint32_t)at, (uint32_t)(at >> 32), t0, t1); \
            w[4 * i] = c.v[0];                                                                     \
            w[4 * i + 1] = c.v[1];                                                                 \
            w[4 * i + 2] = c.v[2];                                                                 \
            w[4 * i + 3] = c.v[3];                                                                 \
        }                                                                                          \
    }                                                                                              \
    target static void uniform_f32_##isa(const dl__stream *s, uint64_t b, int n, float *x)         \
    {                                                                                              \
        uint32_t w[WORDS];                                                                         \
        words_##isa(s, b, n, w);                                                                   \
        for (int i = 0; i < 4 * n; i++)                                                            \
            x[i] = unit_f32(w[i]);                                                                 \
    }                                                                                              \
    target static void uniform_f64_##isa(const dl__stream *s, uint64_t b, int n, double *x)        \
    {                                                                                              \
        uint32_t w[WORDS];                                                                         \
        words_##isa(s, b, n, w);                                                                   \
        for (int i = 0; i < 2 * n; i++)                                                            \
            x[i] = unit_f64(w[2 * i], w[2 * i + 1]);                                               \
    }                                                                                              \
    target static void normal_f32_##isa(const dl__stream *s, uint64_t b, int n, float *x)          \
    {                                                                                              \
        uint32_t w[WORDS];                                                                         \
        words_##isa(s, b, n, w);                                                                   \
        for (int i = 0; i < 4 * n; i += 2)                                                         \
            normals_f32(w[i], w[i + 1], x + i);                                                    \
    }                                                                                              \
    target static void normal_f64_##isa(const dl__stream *s, uint64_t b, int n, double *x)         \
    {                                                                                              \
        uint32_t w[WORDS];                                                                         \
        words_##isa(s, b, n, w);                                                                   \
        for (int i = 0; i < 4 * n; i += 4)                                                         \
            normals_f64(w + i, x + i / 2);                                                         \
    }
DL__ISA_LIST(MAKER, )

#define MAKER_ROW(isa, target, unused)                                                             \
    {uniform_f32_##isa, uniform_f64_##isa, normal_f32_##isa, normal_f64_##isa},
static const maker makers[] = {DL__ISA_LIST(MAKER_ROW, )};

/* Elements first .. first + n - 1, `per` of them from each block. Blocks before the first element
 * and after the last are made and dropped. */
#define FILL(name, type, per, make)                                                                \
    void name(const dl__stream *s, uint64_t first, type *x, int64_t n)                             \
    {                                                                                              \
        enum { ALL = WORDS / 4 * per };                                                            \
        type all[ALL];                                                                             \
        while (n > 0) {                                                                            \
            const int64_t skip = (int64_t)(first % per);                                           \
            const int64_t m = n < ALL - skip ? n : ALL - skip;                                     \
            const int blocks = (int)((skip + m + per - 1) / per);                                  \
            makers[dl__loop_isa()].make(s, first / per, blocks, all);                              \
            memcpy(x, all + skip, (size_t)m * sizeof *x);                                          \
            first += (uint64_t)m;                                                                  \
            x += m;                                                                                \
            n -= m;                                                                                \
        }                                                                                          \
    }
FILL(dl__fill_uniform_f32, float, 4, uniform_f32)
FILL(dl__fill_uniform_f64, double, 2, uniform_f64)
FILL(dl__fill_normal_f32, float, 4, normal_f32)
FILL(dl__fill_normal_f64, double, 2, normal_f64)

/* ---- whole numbers ---- */

__extension__ typedef unsigned __int128 u128;

uint64_t dl__bounded(const dl__stream *s, uint64_t i, uint64_t bound)
{
    if (bound == 0)
        return 0;
    const uint64_t biased = -bound % bound; /* products whose low half is less come up too often */
    dl__stream t = *s;
    for (uint64_t tries = 1;; tries++) {
        const philox4x32_ctr_t w = block(&t, i);
        for (int k = 0; k < 4; k += 2) {
            const u128 p = (u128)join(w.v[k], w.v[k + 1]) * bound;
            if ((uint64_t)p >= biased)
                return (uint64_t)(p >> 64);
        }
        const uint64_t key = mix(join(s->key[0], s->key[1]) + tries * 0x9e3779b97f4a7c15u);
        t.key[0] = (uint32_t)key;
        t.key[1] = (uint32_t)(key >> 32);
    }
}

void dl__permutation(const dl__stream *s, int64_t *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = (int64_t)dl__bounded(s, (uint64_t)i, (uint64_t)i + 1);
        const int64_t t = out[i];
        out[i] = out[j];
        out[j] = t;
    }
}
