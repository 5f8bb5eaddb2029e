#include "core/math.h"

/* Fractional bits of 2 / pi, after 64 zeros so that windows may start before the point. */
static const uint64_t two_over_pi[21] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
};

const double dl__two_over_pi[16][2] = {
    {0x1.45f306dc9c883p-24, -0x1.6b01ec5417056p-78},
    {0x1.45f306dc9c883p-16, -0x1.6b01ec5417056p-70},
    {0x1.45f306dc9c883p-8, -0x1.6b01ec5417056p-62},
    {0x1.45f306dc9c883p+0, -0x1.6b01ec5417056p-54},
    {0x1.f306dc9c882a5p+0, 0x1.fc2757d1f534ep-55},
    {0x1.836e4e44152a0p+1, -0x1.ec54170565912p-54},
    {0x1.6e4e441529fc2p+1, 0x1.d5f47d4d37703p-53},
    {0x1.391054a7f09d6p-1, -0x1.70565911f924fp-58},
    {0x1.1054a7f09d5f4p-1, 0x1.f534ddc0db629p-55},
    {0x1.529fc2757d1f5p-3, 0x1.a6ee06db14acdp-58},
    {0x1.29fc2757d1f53p+1, 0x1.377036d8a5665p-53},
    {0x1.fc2757d1f534ep+1, -0x1.1f924eb53361ep-54},
    {0x1.3abe8fa9a6ee0p-2, 0x1.b6c52b3278872p-56},
    {0x1.57d1f534ddc0ep+1, -0x1.275a99b0ef1bfp-53},
    {0x1.d1f534ddc0db6p+1, 0x1.4acc9e21c8210p-54},
    {0x1.f534ddc0db629p+1, 0x1.664f10e4107f9p-53},
};

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

/* Word i of the table moved left by shift bits, 0 <= shift < 64. */
static uint64_t window(uint64_t i, uint64_t shift)
{
    return shift ? two_over_pi[i] << shift | two_over_pi[i + 1] >> (64 - shift) : two_over_pi[i];
}

uint64_t dl__reduce_f64(double x, dl__twofold *t)
{
    const double a = __builtin_fabs(x);
    const uint64_t u = dl__bits_f64(a), e = u >> 52;
    if (e >= 2047 || a < 0x1.921fb54442d18p-1) { /* NaN, infinity; pi/4 and less */
        *t = (dl__twofold){e >= 2047 ? __builtin_nan("") : a, 0.0};
        return 0;
    }
    /* a = m 2^s. Bits of 2/pi that make multiples of 4 with m are skipped; 192 bits from there
     * give a 2/pi modulo 4 as a fixed-point number with 190 bits after the point. */
    const uint64_t m = (u & ((1ull << 52) - 1)) | 1ull << 52;
    const uint64_t skip = e - 1075 - 2 + 64, i = skip / 64, shift = skip % 64;
    const u128 p0 = (u128)m * window(i + 2, shift);
    const u128 p1 = (u128)m * window(i + 1, shift) + (p0 >> 64);
    const uint64_t top = m * window(i, shift) + (uint64_t)(p1 >> 64);
    /* As a signed fraction of a quarter turn in [-1/2, 1/2), 128 bits. */
    const i128 part = (i128)(((u128)top << 64 | (uint64_t)p1) << 2);
    /* hi can round up to 2^127, which only the unsigned type holds. */
    const double hi = (double)part;
    const u128 whole = hi < 0 ? (u128)(i128)hi : (u128)hi;
    const double lo = (double)(i128)((u128)part - whole);
    const double h = hi * 0x1p-128, pi_2 = 0x1.921fb54442d18p0;
    const dl__twofold r = dl__mul_exact(h, pi_2);
    *t = dl__add_fast(r.hi, r.lo + __builtin_fma(h, 0x1.1a62633145c07p-54, lo * 0x1p-128 * pi_2));
    return (top >> 62) + (part < 0);
}

#define BOTH1(name, inner)                                                                         \
    float dl__##name##f(float x)                                                                   \
    {                                                                                              \
        return dl__##inner##_f32(x);                                                               \
    }                                                                                              \
    double dl__##name(double x)                                                                    \
    {                                                                                              \
        return dl__##inner##_f64(x);                                                               \
    }
BOTH1(exp, exp)
BOTH1(expm1, expm1)
BOTH1(ln, log)
BOTH1(log1p, log1p)
BOTH1(sin, sin)
BOTH1(cos, cos)
BOTH1(tanh, tanh)
BOTH1(sigmoid, sigmoid)
BOTH1(erf, erf)
BOTH1(erfc, erfc)

float dl__powf(float x, float y)
{
    return dl__pow_f32(x, y);
}

double dl__pow(double x, double y)
{
    return dl__pow_f64(x, y);
}
