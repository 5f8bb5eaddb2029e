/* The functions of core/math.h for double. Polynomials are minimax fits made with Sollya's
 * fpminimax; the comment at each says the relative error of the fit. */
#ifndef DL_CORE_MATH_F64_H
#define DL_CORE_MATH_F64_H
#ifndef DL_CORE_MATH_H
#error "include core/math.h"
#endif

/* log 2 in two parts: the high one has 31 bits, so its product with an exponent is exact. */
#define DL__LN2_HI 0x1.62e42feep-1
#define DL__LN2_LO 0x1.a39ef35793c76p-33

/* An unevaluated sum hi + lo, |lo| <= half an ulp of hi. */
typedef struct dl__twofold {
    double hi, lo;
} dl__twofold;

DL__MATH uint64_t dl__bits_f64(double x)
{
    union {
        double x;
        uint64_t u;
    } v = {.x = x};
    return v.u;
}

DL__MATH double dl__from_bits_f64(uint64_t u)
{
    union {
        uint64_t u;
        double x;
    } v = {.u = u};
    return v.x;
}

/* a + b exactly, |a| >= |b| or a = 0. */
DL__MATH dl__twofold dl__add_fast(double a, double b)
{
    const double s = a + b;
    return (dl__twofold){s, b - (s - a)};
}

/* a + b exactly. */
DL__MATH dl__twofold dl__add_exact(double a, double b)
{
    const double s = a + b, t = s - a;
    return (dl__twofold){s, (a - (s - t)) + (b - t)};
}

/* a * b exactly. */
DL__MATH dl__twofold dl__mul_exact(double a, double b)
{
    const double p = a * b;
    return (dl__twofold){p, __builtin_fma(a, b, -p)};
}

/* The integer nearest to x as the low bits of the result's representation (add and subtract the
 * magic number to have it as a double); |x| < 2^51. */
#define DL__MAGIC_F64 0x1.8p52

/* y * 2^k for -2100 < k < 2000, rounded once: two factors, the first of which is exact. */
DL__MATH double dl__scale_f64(double y, int64_t k)
{
    const uint64_t half =
        ((uint64_t)(k + 2200) >> 1) - 1100 + 1023; /* logical: AVX2 has no other */
    const uint64_t rest = (uint64_t)k + 2046 - half;
    return y * dl__from_bits_f64(half << 52) * dl__from_bits_f64(rest << 52);
}

/* 2^up e^(x + lo), |lo| small against |x|, |x| < 1100, |up| < 100. */
DL__MATH double dl__exp_twofold(double x, double lo, int64_t up)
{
    const double z = __builtin_fma(x, 0x1.71547652b82fep+0, DL__MAGIC_F64);
    const double n = z - DL__MAGIC_F64;
    const int64_t k = (int64_t)(dl__bits_f64(z) - dl__bits_f64(DL__MAGIC_F64));
    const double r = __builtin_fma(n, -DL__LN2_HI, x); /* exact */
    const dl__twofold s = dl__add_exact(r, __builtin_fma(n, -DL__LN2_LO, lo));
    const double t = s.hi;
    double p = 0x1.ad8dcc55cfad9p-26; /* e^t = 1 + t + t^2 p, 2^-57.8 */
    p = __builtin_fma(p, t, 0x1.28ae4e4753ad6p-22);
    p = __builtin_fma(p, t, 0x1.71df1ce667f84p-19);
    p = __builtin_fma(p, t, 0x1.a01999128caeap-16);
    p = __builtin_fma(p, t, 0x1.a01a012dd547fp-13);
    p = __builtin_fma(p, t, 0x1.6c16c1848d831p-10);
    p = __builtin_fma(p, t, 0x1.1111111127257p-7);
    p = __builtin_fma(p, t, 0x1.555555555067bp-5);
    p = __builtin_fma(p, t, 0x1.55555555554fcp-3);
    p = __builtin_fma(p, t, 0x1.000000000000ap-1);
    const dl__twofold one = dl__add_fast(1.0, t);
    return dl__scale_f64(one.hi + __builtin_fma(t * t, p, one.lo + s.lo), k + up);
}

DL__MATH double dl__exp_f64(double x)
{
    x = 710.0 < x ? 710.0 : x; /* overflows, and underflows to zero, beyond; NaN passes */
    x = -746.0 > x ? -746.0 : x;
    return dl__exp_twofold(x, 0.0, 0);
}

/* e^x - 1 for |x| < 1100, without care for -0. */
DL__MATH double dl__expm1_core_f64(double x)
{
    const double z = __builtin_fma(x, 0x1.71547652b82fep+0, DL__MAGIC_F64);
    const double n = z - DL__MAGIC_F64;
    const int64_t k = (int64_t)(dl__bits_f64(z) - dl__bits_f64(DL__MAGIC_F64));
    const dl__twofold s = dl__add_exact(__builtin_fma(n, -DL__LN2_HI, x), n * -DL__LN2_LO);
    const double r = s.hi;
    double p = 0x1.1f1a80c690026p-29; /* e^r - 1 = r + r^2 p, 2^-61 */
    p = __builtin_fma(p, r, 0x1.af5f7219e9991p-26);
    p = __builtin_fma(p, r, 0x1.27e51320f95b4p-22);
    p = __builtin_fma(p, r, 0x1.71ddf7eeb87bfp-19);
    p = __builtin_fma(p, r, 0x1.a01a018e123f7p-16);
    p = __builtin_fma(p, r, 0x1.a01a01b00d184p-13);
    p = __builtin_fma(p, r, 0x1.6c16c16c1ab02p-10);
    p = __builtin_fma(p, r, 0x1.111111110f647p-7);
    p = __builtin_fma(p, r, 0x1.555555555554dp-5);
    p = __builtin_fma(p, r, 0x1.5555555555559p-3);
    p = __builtin_fma(p, r, 0x1p-1);
    const double q = __builtin_fma(r * r, p, s.lo);
    /* 2^k (r + q) + (2^k - 1), at half the size so that k = 1024 fits. */
    const double t = dl__scale_f64(0.5, k);
    const dl__twofold a = dl__add_exact(t * r, t - 0.5);
    const double y = 2.0 * (a.hi + __builtin_fma(t, q, a.lo));
    return k == 0 ? r + q : y;
}

DL__MATH double dl__expm1_f64(double x)
{
    double c = 710.0 < x ? 710.0 : x;
    c = -50.0 > c ? -50.0 : c;
    const double y = dl__expm1_core_f64(c);
    return x == 0.0 ? x : y;
}

/* x = 2^e m, sqrt(1/2) <= m < sqrt(2), for positive normal x: e as a double, and the bits of m. */
DL__MATH double dl__split_f64(double x, uint64_t *m, uint64_t *e)
{
    const uint64_t u = dl__bits_f64(x), off = dl__bits_f64(0x1.6a09e667f3bcdp-1);
    const uint64_t biased = (u + (1024ull << 52) - off) >> 52; /* e + 1024 */
    *e = biased - 1024;
    *m = u - (*e << 52);
    return dl__from_bits_f64(0x4330000000000000u | biased) - (0x1p52 + 1024.0);
}

/* e log 2 + log(1 + f), f in [sqrt(1/2) - 1, sqrt(2) - 1]. */
DL__MATH double dl__log_core_f64(double f, double e)
{
    /* log(1 + f) = 2 s + s^3 p(s^2), s = f / (2 + f); 2^-64. Written as f - (h - s (h + s^2 p))
     * with h = f^2 / 2, so that the large part, f, is exact (the form of Sun's fdlibm). */
    const double s = f / (2.0 + f), w = s * s, h = 0.5 * f * f;
    double p = 0x1.10f1a76d00d3ap-3;
    p = __builtin_fma(p, w, 0x1.0f2bdd41a20bfp-3);
    p = __builtin_fma(p, w, 0x1.3b2320b656edcp-3);
    p = __builtin_fma(p, w, 0x1.745ccd97f6255p-3);
    p = __builtin_fma(p, w, 0x1.c71c7297fcd7ap-3);
    p = __builtin_fma(p, w, 0x1.24924923e96f1p-2);
    p = __builtin_fma(p, w, 0x1.999999999a246p-2);
    p = __builtin_fma(p, w, 0x1.5555555555554p-1);
    const double low = __builtin_fma(s, __builtin_fma(w, p, h), e * DL__LN2_LO);
    return __builtin_fma(e, DL__LN2_HI, f - (h - low));
}

DL__MATH double dl__log_f64(double x)
{
    const double big = x * 0x1p54;
    const double y = x < 0x1p-1022 ? big : x;
    uint64_t m, k;
    double e = dl__split_f64(y, &m, &k);
    e = x < 0x1p-1022 ? e - 54.0 : e;
    const double l = dl__log_core_f64(dl__from_bits_f64(m) - 1.0, e);
    const double edge = x == 0.0 ? -__builtin_inf() : __builtin_nan("");
    const double top = x == __builtin_inf() ? x : l;
    return x > 0.0 ? top : edge;
}

DL__MATH double dl__log1p_f64(double x)
{
    /* 1 + x = u + c exactly; then f = (u 2^-e - 1) + c 2^-e, which for e = 0 is x itself. */
    const dl__twofold u = dl__add_exact(1.0, x);
    uint64_t m, k;
    const double e = dl__split_f64(u.hi, &m, &k);
    const uint64_t cap = (int64_t)k > 1000 ? 1000 : k; /* c is 0 there */
    const double c = u.lo * dl__from_bits_f64((1023 - cap) << 52);
    const double l = dl__log_core_f64((dl__from_bits_f64(m) - 1.0) + c, e);
    const double edge = x == -1.0 ? -__builtin_inf() : __builtin_nan("");
    const double top = x < __builtin_inf() ? l : x;
    const double y = x > -1.0 ? top : edge;
    return x == 0.0 ? x : y;
}

/* sin and cos of t.hi + t.lo, |t| <= pi/4 and a bit; q counts quarter turns. */
DL__MATH double dl__wave_f64(dl__twofold t, uint64_t q)
{
    const double r = t.hi, z = r * r;
    double s = -0x1.a55de05fe6ba2p-41; /* sin r = r + r^3 s, 2^-62 */
    s = __builtin_fma(s, z, 0x1.6114a7f5e6ca7p-33);
    s = __builtin_fma(s, z, -0x1.ae643d465f38ap-26);
    s = __builtin_fma(s, z, 0x1.71de3a401ac6dp-19);
    s = __builtin_fma(s, z, -0x1.a01a01a006d92p-13);
    s = __builtin_fma(s, z, 0x1.111111111108bp-7);
    s = __builtin_fma(s, z, -0x1.5555555555555p-3);
    double c = -0x1.8fa681e385241p-37; /* cos r = 1 - r^2 / 2 + r^4 c, 2^-63 */
    c = __builtin_fma(c, z, 0x1.1ee9dbd0d86a6p-29);
    c = __builtin_fma(c, z, -0x1.27e4f7f19d4b2p-22);
    c = __builtin_fma(c, z, 0x1.a01a019c8f3eep-16);
    c = __builtin_fma(c, z, -0x1.6c16c16c15016p-10);
    c = __builtin_fma(c, z, 0x1.555555555554bp-5);
    const double h = 0.5 * z, w = 1.0 - h;
    const double sine = r + __builtin_fma(r * z, s, __builtin_fma(t.lo, -h, t.lo));
    const double cosine = w + (((1.0 - w) - h) + __builtin_fma(z * z, c, -r * t.lo));
    const double y = (q & 1) ? cosine : sine;
    return dl__from_bits_f64(dl__bits_f64(y) ^ (q & 2) << 62);
}

/* |x| less a multiple of pi/2, and that multiple modulo 4, by the method of Payne and Hanek (1983)
 * in integers: full accuracy for every finite x. Not vectorised. */
uint64_t dl__reduce_f64(double x, dl__twofold *t);

DL__MATH double dl__sin_f64(double x)
{
    dl__twofold t;
    const uint64_t q = dl__reduce_f64(x, &t);
    const uint64_t sign = dl__bits_f64(x) & (1ull << 63);
    return dl__from_bits_f64(dl__bits_f64(dl__wave_f64(t, q)) ^ sign);
}

DL__MATH double dl__cos_f64(double x)
{
    dl__twofold t;
    const uint64_t q = dl__reduce_f64(x, &t);
    return dl__wave_f64(t, q + 1);
}

/* cos (quarter 1) or sin (quarter 0) of 2 pi u, 0 <= u < 2^40: no pi in the reduction. */
DL__MATH double dl__turn_f64(double u, uint64_t quarter)
{
    const double z = 4.0 * u + DL__MAGIC_F64;
    const double r = 4.0 * u - (z - DL__MAGIC_F64); /* exact, in quarter turns */
    dl__twofold t = dl__mul_exact(r, 0x1.921fb54442d18p0);
    t.lo = __builtin_fma(r, 0x1.1a62633145c07p-54, t.lo);
    return dl__wave_f64(t, dl__bits_f64(z) + quarter);
}

DL__MATH double dl__tanh_f64(double x)
{
    const double a = __builtin_fabs(x), c = 22.0 < a ? 22.0 : a; /* rounds to 1 from 19.1 on */
    const double t = dl__expm1_core_f64(2.0 * c);
    /* t / (t + 2), the rounding of the sum and of the quotient mended. */
    const dl__twofold d = dl__add_exact(2.0, t);
    const double i = 1.0 / d.hi, y = t * i;
    const double rest = __builtin_fma(-y, d.lo, __builtin_fma(-y, d.hi, t));
    return __builtin_copysign(__builtin_fma(rest, i, y), x);
}

DL__MATH double dl__sigmoid_f64(double x)
{
    const double e = dl__exp_f64(-__builtin_fabs(x)); /* never overflows; NaN passes */
    const double top = x < 0.0 ? e : 1.0;
    /* top / (1 + e), the rounding of the sum and of the quotient mended. */
    const double d = 1.0 + e, low = (1.0 - d) + e, i = 1.0 / d, y = top * i;
    return __builtin_fma(__builtin_fma(-y, low, __builtin_fma(-y, d, top)), i, y);
}

/* exp(a^2) erfc(a) for a >= 1: g((a - 4) / (a + 4)) / (1 + 2 a); 2^-54.5 (the form of Shepherd and
 * Laframboise, 1981). */
DL__MATH double dl__erfc_factor_f64(double a)
{
    const double q = (a - 4.0) / (a + 4.0);
    double g = 0x1.927548809ba1bp-25;
    g = __builtin_fma(g, q, -0x1.84b5c95e9bcccp-24);
    g = __builtin_fma(g, q, -0x1.1759d1a0e06b2p-24);
    g = __builtin_fma(g, q, 0x1.1497b65adc509p-22);
    g = __builtin_fma(g, q, 0x1.2aaa8d089ab1bp-24);
    g = __builtin_fma(g, q, -0x1.fbc5f827e46dep-21);
    g = __builtin_fma(g, q, 0x1.5c739133f95e6p-22);
    g = __builtin_fma(g, q, 0x1.82d6edf3f294dp-18);
    g = __builtin_fma(g, q, -0x1.793bc46b70dd6p-17);
    g = __builtin_fma(g, q, -0x1.999abaa6759e3p-16);
    g = __builtin_fma(g, q, 0x1.3be416049f7f7p-13);
    g = __builtin_fma(g, q, -0x1.a1ddb75bff434p-13);
    g = __builtin_fma(g, q, -0x1.8d4acaf2a1ea5p-11);
    g = __builtin_fma(g, q, 0x1.49c6714707e44p-8);
    g = __builtin_fma(g, q, -0x1.0962385579d88p-6);
    g = __builtin_fma(g, q, 0x1.3079edf91b04cp-5);
    g = __builtin_fma(g, q, -0x1.0fb06dff243a2p-4);
    g = __builtin_fma(g, q, 0x1.7fee004e06938p-4);
    g = __builtin_fma(g, q, -0x1.9ddb23c3e0768p-4);
    g = __builtin_fma(g, q, 0x1.16ecefcfa5694p-4);
    g = __builtin_fma(g, q, 0x1.f7f5df66fc403p-7);
    g = __builtin_fma(g, q, -0x1.1df1ad154a29p-3);
    g = __builtin_fma(g, q, 0x1.3ba5916e9fd7fp0);
    return g / (1.0 + 2.0 * a);
}

/* erfc(a) for a >= 1. */
DL__MATH double dl__erfc_core_f64(double a)
{
    const dl__twofold s = dl__mul_exact(-a, a);
    /* Taken 2^64 times larger until the end: the exponential alone may be subnormal. */
    return dl__erfc_factor_f64(a) * dl__exp_twofold(s.hi, s.lo, 64) * 0x1p-64;
}

/* erf(x) = x + x p(x^2) for |x| <= 1, 2^-56. */
DL__MATH double dl__erf_near_f64(double x)
{
    const double w = x * x;
    double p = -0x1.ab15c51d2ebebp-31;
    p = __builtin_fma(p, w, 0x1.d6e3ddfeb1f49p-27);
    p = __builtin_fma(p, w, -0x1.5bfe76384472p-23);
    p = __builtin_fma(p, w, 0x1.b97e44280cfb9p-20);
    p = __builtin_fma(p, w, -0x1.f4ca204c771c5p-17);
    p = __builtin_fma(p, w, 0x1.f9a2b75531772p-14);
    p = __builtin_fma(p, w, -0x1.c02db0149d904p-11);
    p = __builtin_fma(p, w, 0x1.565bccf7e2856p-8);
    p = __builtin_fma(p, w, -0x1.b82ce311ee09bp-6);
    p = __builtin_fma(p, w, 0x1.ce2f21a0408d1p-4);
    p = __builtin_fma(p, w, -0x1.812746b0379b2p-2);
    p = __builtin_fma(p, w, 0x1.06eba8214db68p-3);
    return __builtin_fma(x, p, x);
}

DL__MATH double dl__erf_f64(double x)
{
    const double a = __builtin_fabs(x), c = 6.0 < a ? 6.0 : a; /* rounds to 1 from 5.93 on */
    const double near = dl__erf_near_f64(a), far = 1.0 - dl__erfc_core_f64(c);
    return __builtin_copysign(a < 1.0 ? near : far, x);
}

DL__MATH double dl__erfc_f64(double x)
{
    const double a = __builtin_fabs(x), c = 27.5 < a ? 27.5 : a; /* 0 from 27.3 on */
    const double far = dl__erfc_core_f64(c), near = 1.0 - dl__erf_near_f64(x);
    const double side = x < 0.0 ? 2.0 - far : far;
    return a < 1.0 ? near : side;
}

/* 2^64 e^(-x^2 / 2), |x| <= 40. */
DL__MATH double dl__bell_f64(double x)
{
    const dl__twofold s = dl__mul_exact(-0.5 * x, x);
    return dl__exp_twofold(s.hi, s.lo, 64);
}

/* The normal density, e^(-x^2 / 2) / sqrt(2 pi). */
DL__MATH double dl__normal_pdf_f64(double x)
{
    const double a = __builtin_fabs(x), c = 40.0 < a ? 40.0 : a; /* 0 from 38.6 on */
    return 0x1.9884533d43651p-2 * dl__bell_f64(c) * 0x1p-64;
}

/* The normal distribution function, erfc(-x / sqrt(2)) / 2, from x^2 itself, so that rounding
 * x / sqrt(2) costs the tail nothing. */
DL__MATH double dl__normal_cdf_f64(double x)
{
    const double a = __builtin_fabs(x), c = 40.0 < a ? 40.0 : a, t = 0x1.6a09e667f3bcdp-1 * c;
    const double far = 0.5 * dl__erfc_factor_f64(t) * dl__bell_f64(c) * 0x1p-64;
    const double near = 0.5 + 0.5 * dl__erf_near_f64(0x1.6a09e667f3bcdp-1 * x);
    const double side = x < 0.0 ? far : 1.0 - far;
    return t < 1.0 ? near : side;
}

/* log x as a twofold number, relative error 2^-65, for positive finite x. */
DL__MATH dl__twofold dl__log_twofold(double x)
{
    const double y = x < 0x1p-1022 ? x * 0x1p54 : x;
    uint64_t m, k;
    double e = dl__split_f64(y, &m, &k);
    e = x < 0x1p-1022 ? e - 54.0 : e;
    const double f = dl__from_bits_f64(m) - 1.0;
    /* s = f / (2 + f) as a twofold number. */
    const dl__twofold d = dl__add_fast(2.0, f);
    const double s = f / d.hi;
    const double s_lo = (__builtin_fma(-s, d.hi, f) - s * d.lo) / d.hi;
    const dl__twofold ss = dl__mul_exact(s, s);
    const double w = ss.hi, w_lo = __builtin_fma(2.0 * s, s_lo, ss.lo);
    double p = 0x1.d2200b4fe8e17p-4; /* log(1 + f) = 2 s + s^3 (2/3 + s^2 p(s^2)), 2^-76 */
    p = __builtin_fma(p, w, 0x1.a8a6e8f300ea3p-4);
    p = __builtin_fma(p, w, 0x1.e230d9597859bp-4);
    p = __builtin_fma(p, w, 0x1.110fea43db9acp-3);
    p = __builtin_fma(p, w, 0x1.3b13b6b68afd1p-3);
    p = __builtin_fma(p, w, 0x1.745d17353d0bbp-3);
    p = __builtin_fma(p, w, 0x1.c71c71c73af8ep-3);
    p = __builtin_fma(p, w, 0x1.249249249239cp-2);
    p = __builtin_fma(p, w, 0x1.999999999999ap-2);
    const dl__twofold u =
        dl__add_fast(0x1.5555555555555p-1, __builtin_fma(w, p, 0x1.5555555555555p-55));
    /* v = s^2 u, then s v */
    dl__twofold v = dl__mul_exact(w, u.hi);
    v.lo = __builtin_fma(w, u.lo, __builtin_fma(w_lo, u.hi, v.lo));
    dl__twofold t = dl__mul_exact(s, v.hi);
    t.lo = __builtin_fma(s, v.lo, __builtin_fma(s_lo, v.hi, t.lo));
    const dl__twofold a = dl__add_fast(2.0 * s, t.hi);
    const double a_lo = a.lo + __builtin_fma(2.0, s_lo, t.lo);
    const dl__twofold b = dl__add_fast(e * DL__LN2_HI, a.hi);
    return dl__add_fast(b.hi, b.lo + __builtin_fma(e, DL__LN2_LO, a_lo));
}

DL__MATH double dl__pow_f64(double x, double y)
{
    const double a = __builtin_fabs(x), b = __builtin_fabs(y), inf = __builtin_inf();
    dl__twofold l = dl__log_twofold(a);
    l.hi = a < inf ? l.hi : a; /* NaN passes too */
    l.hi = a == 0.0 ? -inf : l.hi;
    l.lo = a < inf ? l.lo : 0.0;
    l.lo = a > 0.0 ? l.lo : 0.0;
    /* y log a, cut to where the result is 0 or infinite, so that nothing overflows on the way. */
    const double h = y * l.hi;
    double h_lo = __builtin_fma(y, l.lo, __builtin_fma(y, l.hi, -h));
    const double top = 710.0 < h ? 710.0 : h, cut = -750.0 > top ? -750.0 : top;
    h_lo = h == cut ? h_lo : 0.0;
    double z = dl__exp_twofold(cut, h_lo, 0);
    z = a == 1.0 ? 1.0 : z;
    /* y is an integer where part is 0; odd is then one whose lowest bit is that of y. All numbers
     * from 2^53 on are even. */
    const double whole = b < 0x1p52 ? b + 0x1p52 : b;
    const double part = b < 0x1p52 ? (whole - 0x1p52) - b : 0.0;
    const double even = b < 0x1p53 ? whole : 0.0, odd = part == 0.0 ? even : 0.0;
    z = dl__from_bits_f64(dl__bits_f64(z) ^ (dl__bits_f64(odd) << 63 & dl__bits_f64(x)));
    const double edge = z;
    const double strict = part == 0.0 ? z : __builtin_nan("");
    z = x < 0.0 ? strict : z;
    z = a < inf ? z : edge;
    z = x != x ? x : z;
    z = y != y ? y : z;
    z = x == 1.0 ? x : z;
    return y == 0.0 ? 1.0 : z;
}
#endif
