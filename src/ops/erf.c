/* The error function, by core/math.h. */
#include "ops/unary.h"

/* Beyond FAR f' is 0, and so are the products, at infinities too. */
#define FAR (real)28
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)

/* 2 / sqrt(pi) e^-x^2, x^2 in two parts, for its full accuracy. */
DL__UNARY_PIECE(slope, const real t = NEAR(x), s = t * t, low = DL__FMA(t, t, -s);
                const real e = DL__EXP(-s);
                return (real)1.1283791670955125738961589031215 * DL__FMA(-e, low, e);)

DL__UNARY(erf, DL__ERF(x), DL__REAL(slope, x)(x), -2 * NEAR(x) * DL__REAL(slope, x)(x))

dl_tensor *dl_erf(dl_tensor *x)
{
    return dl__apply1(&dl__op_erf, x, NULL);
}
