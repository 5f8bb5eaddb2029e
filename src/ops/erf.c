/* The error function, by core/math.h. */
#include "ops/unary.h"

/* 2 / sqrt(pi) e^-x^2 = 2 sqrt(2) phi(sqrt(2) x); x^2 in two parts, for its full accuracy. Beyond
 * FAR it is 0, and so are the products. */
#define FAR (real)28
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)
#define SLOPE(x) DL__REAL(slope, x)(NEAR(x))
#define ERF(real, tag)                                                                             \
    DL__MATH real slope_##tag(real x)                                                              \
    {                                                                                              \
        const real s = x * x, low = DL__FMA(x, x, -s), e = DL__EXP(-s);                            \
        return (real)1.1283791670955125738961589031215 * DL__FMA(-e, low, e);                      \
    }
ERF(float, f32)
ERF(double, f64)

DL__UNARY(erf, DL__ERF(x), SLOPE(x), -2 * NEAR(x) * SLOPE(x))

dl_tensor *dl_erf(dl_tensor *x)
{
    return dl__apply1(&dl__op_erf, x, NULL);
}
