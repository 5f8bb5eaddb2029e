/* The functions of core/math.h for float. exp, log, tanh, sigmoid and erf stay in float, for speed;
 * sin, cos and pow go through double. */
#ifndef DL_CORE_MATH_F32_H
#define DL_CORE_MATH_F32_H
#ifndef DL_CORE_MATH_H
#error "include core/math.h"
#endif

DL__MATH uint32_t dl__bits_f32(float x)
{
    union {
        float x;
        uint32_t u;
    } v = {.x = x};
    return v.u;
}

DL__MATH float dl__from_bits_f32(uint32_t u)
{
    union {
        uint32_t u;
        float x;
    } v = {.u = u};
    return v.x;
}

#define DL__MAGIC_F32 0x1.8p23f
/* log 2 in two parts: the high one has 15 bits, so its product with an exponent is exact. */
#define DL__LN2_HI_F32 0x1.62e4p-1f
#define DL__LN2_LO_F32 0x1.7f7d1cp-20f

/* y * 2^k for -250 < k < 250, rounded once: two factors, the first of which is exact. */
DL__MATH float dl__scale_f32(float y, int32_t k)
{
    const uint32_t half = ((uint32_t)(k + 256) >> 1) - 128 + 127;
    const uint32_t rest = (uint32_t)k + 254 - half;
    return y * dl__from_bits_f32(half << 23) * dl__from_bits_f32(rest << 23);
}

/* 2^up e^(x + lo), |lo| small against |x|, |x| < 150, |up| < 50. */
DL__MATH float dl__exp_sum_f32(float x, float lo, int32_t up)
{
    const float z = __builtin_fmaf(x, 0x1.715476p+0f, DL__MAGIC_F32);
    const float n = z - DL__MAGIC_F32;
    const int32_t k = (int32_t)(dl__bits_f32(z) - dl__bits_f32(DL__MAGIC_F32));
    float r = __builtin_fmaf(n, -DL__LN2_HI_F32, x); /* exact */
    r += __builtin_fmaf(n, -DL__LN2_LO_F32, lo);
    float p = 0x1.6a5e34p-10f; /* e^r = 1 + r + r^2 p, 2^-28 */
    p = __builtin_fmaf(p, r, 0x1.123adp-7f);
    p = __builtin_fmaf(p, r, 0x1.5558a2p-5f);
    p = __builtin_fmaf(p, r, 0x1.55549p-3f);
    p = __builtin_fmaf(p, r, 0x1.fffffcp-2f);
    p = __builtin_fmaf(r * r, p, r);
    return dl__scale_f32(1.0f + p, k + up);
}

DL__MATH float dl__exp_f32(float x)
{
    x = 89.0f < x ? 89.0f : x; /* overflows, and underflows to zero, beyond; NaN passes */
    x = -104.0f > x ? -104.0f : x;
    return dl__exp_sum_f32(x, 0.0f, 0);
}

/* e^x - 1 for |x| < 150, without care for -0. */
DL__MATH float dl__expm1_core_f32(float x)
{
    const float z = __builtin_fmaf(x, 0x1.715476p+0f, DL__MAGIC_F32);
    const float n = z - DL__MAGIC_F32;
    const int32_t k = (int32_t)(dl__bits_f32(z) - dl__bits_f32(DL__MAGIC_F32));
    float r = __builtin_fmaf(n, -DL__LN2_HI_F32, x);
    r = __builtin_fmaf(n, -DL__LN2_LO_F32, r);
    float p = 0x1.9e0cdp-13f; /* e^r - 1 = r + r^2 p, 2^-31 */
    p = __builtin_fmaf(p, r, 0x1.6d439p-10f);
    p = __builtin_fmaf(p, r, 0x1.111306p-7f);
    p = __builtin_fmaf(p, r, 0x1.5554fp-5f);
    p = __builtin_fmaf(p, r, 0x1.555554p-3f);
    p = __builtin_fmaf(p, r, 0x1p-1f);
    p = __builtin_fmaf(r * r, p, r);
    /* 2^k p + (2^k - 1), at half the size so that k = 128 fits. */
    const float t = dl__scale_f32(0.5f, k);
    const float y = 2.0f * __builtin_fmaf(t, p, t - 0.5f);
    return k == 0 ? p : y;
}

DL__MATH float dl__expm1_f32(float x)
{
    float c = 89.0f < x ? 89.0f : x;
    c = -20.0f > c ? -20.0f : c;
    const float y = dl__expm1_core_f32(c);
    return x == 0.0f ? x : y;
}

/* x = 2^e m, sqrt(1/2) <= m < sqrt(2), for positive normal x: returns m. */
DL__MATH float dl__split_f32(float x, int32_t *e)
{
    const uint32_t u = dl__bits_f32(x), off = dl__bits_f32(0x1.6a09e6p-1f);
    const uint32_t biased = (u + (128u << 23) - off) >> 23; /* e + 128 */
    *e = (int32_t)biased - 128;
    return dl__from_bits_f32(u - ((biased - 128) << 23));
}

/* e log 2 + log(1 + f), f in [sqrt(1/2) - 1, sqrt(2) - 1]. */
DL__MATH float dl__log_core_f32(float f, float e)
{
    float p = 0x1.13ca2cp-4f; /* log(1 + f) = f - f^2 / 2 + f^3 p, 2^-30 */
    p = __builtin_fmaf(p, f, -0x1.dda796p-4f);
    p = __builtin_fmaf(p, f, 0x1.e6dfep-4f);
    p = __builtin_fmaf(p, f, -0x1.fc3c88p-4f);
    p = __builtin_fmaf(p, f, 0x1.233ab8p-3f);
    p = __builtin_fmaf(p, f, -0x1.555b92p-3f);
    p = __builtin_fmaf(p, f, 0x1.99a47ap-3f);
    p = __builtin_fmaf(p, f, -0x1.000008p-2f);
    p = __builtin_fmaf(p, f, 0x1.555548p-2f);
    p = __builtin_fmaf(p, f, -0.5f);
    const float low = __builtin_fmaf(e, DL__LN2_LO_F32, f * f * p);
    return __builtin_fmaf(e, DL__LN2_HI_F32, f + low);
}

DL__MATH float dl__log_f32(float x)
{
    const float big = x * 0x1p25f;
    int32_t k;
    const float m = dl__split_f32(x < 0x1p-126f ? big : x, &k);
    const float e = (float)(x < 0x1p-126f ? k - 25 : k);
    const float l = dl__log_core_f32(m - 1.0f, e);
    const float edge = x == 0.0f ? -__builtin_inff() : __builtin_nanf("");
    const float top = x == __builtin_inff() ? x : l;
    return x > 0.0f ? top : edge;
}

DL__MATH float dl__log1p_f32(float x)
{
    /* 1 + x = u + c exactly; then f = (u 2^-e - 1) + c 2^-e, which for e = 0 is x itself. */
    const float u = 1.0f + x, t = u - 1.0f, low = (1.0f - (u - t)) + (x - t);
    int32_t k;
    const float m = dl__split_f32(u, &k);
    const int32_t cap = k > 100 ? 100 : k; /* c is 0 there */
    const float c = low * dl__from_bits_f32((uint32_t)(127 - cap) << 23);
    const float l = dl__log_core_f32((m - 1.0f) + c, (float)k);
    const float edge = x == -1.0f ? -__builtin_inff() : __builtin_nanf("");
    const float top = x < __builtin_inff() ? l : x;
    const float y = x > -1.0f ? top : edge;
    return x == 0.0f ? x : y;
}

/* 2^(8 g - 23) * 2 / pi modulo 4 in two doubles, g = 0 .. 15. */
extern const double dl__two_over_pi[16][2];

/* |x| in quarter turns: the nearest whole number modulo 4 in the low bits of *q, the rest returned
 * in radians. |x| = M 2^(8 g - 23) with a whole number M < 2^32 (once |x| >= 1), so multiples of 4
 * in the table's entry are whole turns and were left out; what is left is right to 2^-70. */
DL__MATH double dl__reduce_f32(float x, uint64_t *q)
{
    const uint64_t u = dl__bits_f64((double)x) & (UINT64_MAX >> 1);
    const uint64_t biased = u >> 52 > 1023 ? u >> 52 : 1023;
    const uint64_t g = (biased - 1023) >> 3 & 15;
    const double m = dl__from_bits_f64(u) * dl__from_bits_f64((1023 + 23 - 8 * g) << 52);
    const dl__twofold p = dl__mul_exact(m, dl__two_over_pi[g][0]);
    const double z = p.hi + DL__MAGIC_F64;
    const double r = (p.hi - (z - DL__MAGIC_F64)) + __builtin_fma(m, dl__two_over_pi[g][1], p.lo);
    *q = dl__bits_f64(z);
    return r * 0x1.921fb54442d18p0;
}

DL__MATH float dl__wave_f32(double r, uint64_t q)
{
    const double z = r * r;
    double s = 0x1.6cd19d00f108bp-19; /* sin r = r + r^3 s, 2^-37 */
    s = __builtin_fma(s, z, -0x1.a00f7dc2ed4a2p-13);
    s = __builtin_fma(s, z, 0x1.11110868a69f4p-7);
    s = __builtin_fma(s, z, -0x1.5555554c6f717p-3);
    s = __builtin_fma(r * z, s, r);
    double c = 0x1.9916274b2995ep-16; /* cos r = 1 + r^2 c, 2^-33 */
    c = __builtin_fma(c, z, -0x1.6c07ef69a7a82p-10);
    c = __builtin_fma(c, z, 0x1.55553c738b4b3p-5);
    c = __builtin_fma(c, z, -0x1.ffffffcb749afp-2);
    c = __builtin_fma(z, c, 1.0);
    const double y = (q & 1) ? c : s;
    return (float)dl__from_bits_f64(dl__bits_f64(y) ^ (q & 2) << 62);
}

DL__MATH float dl__sin_f32(float x)
{
    uint64_t q;
    const double r = dl__reduce_f32(x, &q);
    const float y = dl__wave_f32(r, q);
    return dl__from_bits_f32(dl__bits_f32(y) ^ (dl__bits_f32(x) & 0x80000000u));
}

DL__MATH float dl__cos_f32(float x)
{
    uint64_t q;
    const double r = dl__reduce_f32(x, &q);
    return dl__wave_f32(r, q + 1);
}

/* cos (quarter 1) or sin (quarter 0) of 2 pi u, 0 <= u < 2^40. */
DL__MATH float dl__turn_f32(float u, uint64_t quarter)
{
    const double v = 4.0 * (double)u, z = v + DL__MAGIC_F64;
    return dl__wave_f32((v - (z - DL__MAGIC_F64)) * 0x1.921fb54442d18p0, dl__bits_f64(z) + quarter);
}

DL__MATH float dl__tanh_f32(float x)
{
    const float a = __builtin_fabsf(x), c = 10.0f < a ? 10.0f : a; /* rounds to 1 from 9.02 on */
    const float t = dl__expm1_core_f32(2.0f * c);
    return __builtin_copysignf(t / (t + 2.0f), x);
}

DL__MATH float dl__sigmoid_f32(float x)
{
    const float e = dl__exp_f32(-__builtin_fabsf(x)); /* never overflows; NaN passes */
    const float top = x < 0.0f ? e : 1.0f;
    /* top / (1 + e), the rounding of the sum and of the quotient mended. */
    const float d = 1.0f + e, low = (1.0f - d) + e, i = 1.0f / d, y = top * i;
    return __builtin_fmaf(__builtin_fmaf(-y, low, __builtin_fmaf(-y, d, top)), i, y);
}

/* exp(a^2) erfc(a) for a >= 1: g((a - 2) / (a + 2)) / (1 + 2 a); 2^-27. */
DL__MATH float dl__erfc_factor_f32(float a)
{
    const float q = (a - 2.0f) / (a + 2.0f);
    float g = -0x1.79a2ccp-10f;
    g = __builtin_fmaf(g, q, 0x1.05115ap-10f);
    g = __builtin_fmaf(g, q, 0x1.205ba2p-7f);
    g = __builtin_fmaf(g, q, -0x1.06079ap-7f);
    g = __builtin_fmaf(g, q, -0x1.bc4988p-5f);
    g = __builtin_fmaf(g, q, 0x1.4ff94cp-3f);
    g = __builtin_fmaf(g, q, -0x1.54075ep-3f);
    g = __builtin_fmaf(g, q, -0x1.7bf5e8p-4f);
    g = __builtin_fmaf(g, q, 0x1.46e80ep0f);
    return g / (1.0f + 2.0f * a);
}

/* erfc(a) for a >= 1. */
DL__MATH float dl__erfc_core_f32(float a)
{
    const float s = -a * a, low = __builtin_fmaf(-a, a, -s);
    /* Taken 2^32 times larger until the end: the exponential alone may be subnormal. */
    return dl__erfc_factor_f32(a) * dl__exp_sum_f32(s, low, 32) * 0x1p-32f;
}

/* erf(x) = x + x p(x^2) for |x| <= 1, 2^-29. */
DL__MATH float dl__erf_near_f32(float x)
{
    const float w = x * x;
    float p = 0x1.4917a4p-14f;
    p = __builtin_fmaf(p, w, -0x1.a3d812p-11f);
    p = __builtin_fmaf(p, w, 0x1.540172p-8f);
    p = __builtin_fmaf(p, w, -0x1.b7f88cp-6f);
    p = __builtin_fmaf(p, w, 0x1.ce2cf2p-4f);
    p = __builtin_fmaf(p, w, -0x1.81273ep-2f);
    p = __builtin_fmaf(p, w, 0x1.06eba8p-3f);
    return __builtin_fmaf(x, p, x);
}

DL__MATH float dl__erf_f32(float x)
{
    const float a = __builtin_fabsf(x), c = 4.0f < a ? 4.0f : a; /* rounds to 1 from 3.92 on */
    const float near = dl__erf_near_f32(a), far = 1.0f - dl__erfc_core_f32(c);
    return __builtin_copysignf(a < 1.0f ? near : far, x);
}

DL__MATH float dl__erfc_f32(float x)
{
    const float a = __builtin_fabsf(x), c = 10.2f < a ? 10.2f : a; /* 0 from 10.1 on */
    const float far = dl__erfc_core_f32(c), near = 1.0f - dl__erf_near_f32(x);
    const float side = x < 0.0f ? 2.0f - far : far;
    return a < 1.0f ? near : side;
}

/* 2^32 e^(-x^2 / 2), |x| <= 15. */
DL__MATH float dl__bell_f32(float x)
{
    const float h = -0.5f * x, s = h * x, low = __builtin_fmaf(h, x, -s);
    return dl__exp_sum_f32(s, low, 32);
}

/* The normal density, e^(-x^2 / 2) / sqrt(2 pi). */
DL__MATH float dl__normal_pdf_f32(float x)
{
    const float a = __builtin_fabsf(x), c = 15.0f < a ? 15.0f : a; /* 0 from 14.3 on */
    return 0x1.988454p-2f * dl__bell_f32(c) * 0x1p-32f;
}

/* The normal distribution function, erfc(-x / sqrt(2)) / 2, from x^2 itself, so that rounding
 * x / sqrt(2) costs the tail nothing. */
DL__MATH float dl__normal_cdf_f32(float x)
{
    const float a = __builtin_fabsf(x), c = 15.0f < a ? 15.0f : a, t = 0x1.6a09e6p-1f * c;
    const float far = 0.5f * dl__erfc_factor_f32(t) * dl__bell_f32(c) * 0x1p-32f;
    const float near = 0.5f + 0.5f * dl__erf_near_f32(0x1.6a09e6p-1f * x);
    const float side = x < 0.0f ? far : 1.0f - far;
    return t < 1.0f ? near : side;
}

DL__MATH float dl__pow_f32(float x, float y)
{
    const float a = __builtin_fabsf(x), b = __builtin_fabsf(y), inf = __builtin_inff();
    float z = (float)dl__exp_f64((double)y * dl__log_f64((double)a));
    z = a == 1.0f ? 1.0f : z;
    /* y is an integer where part is 0; odd is then one whose lowest bit is that of y. All numbers
     * from 2^24 on are even. */
    const float whole = b < 0x1p23f ? b + 0x1p23f : b;
    const float part = b < 0x1p23f ? (whole - 0x1p23f) - b : 0.0f;
    const float even = b < 0x1p24f ? whole : 0.0f, odd = part == 0.0f ? even : 0.0f;
    z = dl__from_bits_f32(dl__bits_f32(z) ^ (dl__bits_f32(odd) << 31 & dl__bits_f32(x)));
    const float edge = z;
    const float strict = part == 0.0f ? z : __builtin_nanf("");
    z = x < 0.0f ? strict : z;
    z = a < inf ? z : edge;
    z = x != x ? x : z;
    z = y != y ? y : z;
    z = x == 1.0f ? x : z;
    return y == 0.0f ? 1.0f : z;
}
#endif
