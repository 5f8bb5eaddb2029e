/* x tanh(log(1 + e^x)) = x T. With e = e^-|x| neither side overflows:
 * T = (1 + 2 e) / (1 + 2 e + 2 e^2) for x >= 0, e (e + 2) / (e (e + 2) + 2) below. */
#include "ops/unary.h"

/* T and T' are 0, or 1 and 0, beyond: so are the products, at infinities too. */
#define FAR (real)800
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)
#define FACTOR(x) DL__REAL(factor, x)(x)
#define FACTOR_SLOPE(x) DL__REAL(factor_slope, x)(x)

/* T, and T' = (1 - T^2) sigmoid(x) = 4 e (1 + e) / d^2, times e for x >= 0, d the denominator. */
DL__UNARY_PIECE(factor, const real e = DL__EXP(-DL__FABS(x));
                const real top = x < 0 ? e * (e + 2) : 1 + 2 * e;
                return top / (top + (x < 0 ? 2 : 2 * e * e));)
DL__UNARY_PIECE(factor_slope, const real e = DL__EXP(-DL__FABS(x));
                const real d = x < 0 ? e * (e + 2) + 2 : 1 + 2 * e + 2 * e * e;
                return 4 * e * (1 + e) * (x < 0 ? 1 : e) / (d * d);)

DL__UNARY(mish, DL__MAX(x, -FAR) * FACTOR(x), FACTOR(x) + NEAR(x) * FACTOR_SLOPE(x),
          FACTOR_SLOPE(x) * (2 + NEAR(x) * (DL__SIGMOID(-x) - 2 * FACTOR(x) * DL__SIGMOID(x))))

dl_tensor *dl_mish(dl_tensor *x)
{
    return dl__apply1(&dl__op_mish, x, NULL);
}
