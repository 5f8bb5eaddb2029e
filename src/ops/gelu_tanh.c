/* x (1 + tanh(v / 2)) / 2 = x sigmoid(v), v = 2 sqrt(2 / pi) (x + 0.044715 x^3): the sigmoid keeps
 * the lower tail. With s = sigmoid(v): f' = s + x s' v', f'' = 2 s' v' + x (s'' v'^2 + s' v''),
 * s' = s(v) s(-v), s'' = s' (s(-v) - s(v)). */
#include "ops/unary.h"

/* Beyond FAR s is 0 or 1 and s' 0, and so are the products, at infinities too. */
#define FAR (real)30
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)
#define K (real)1.5957691216057307117597842397375 /* 2 sqrt(2 / pi) */
#define CUBE (real)0.044715

DL__UNARY_PIECE(value, const real t = NEAR(x), v = K * (t + CUBE * t * t * t);
                return DL__MAX(x, -FAR) * DL__SIGMOID(v);)
DL__UNARY_PIECE(slope, const real t = NEAR(x), v = K * (t + CUBE * t * t * t);
                const real v1 = K * (1 + 3 * CUBE * t * t);
                return DL__SIGMOID(v) * (1 + t * DL__SIGMOID(-v) * v1);)
DL__UNARY_PIECE(curve, const real t = NEAR(x), v = K * (t + CUBE * t * t * t);
                const real v1 = K * (1 + 3 * CUBE * t * t), v2 = 6 * K * CUBE * t;
                const real s = DL__SIGMOID(v), u = DL__SIGMOID(-v);
                return s * u * (2 * v1 + t * ((u - s) * v1 * v1 + v2));)

DL__UNARY(gelu_tanh, DL__REAL(value, x)(x), DL__REAL(slope, x)(x), DL__REAL(curve, x)(x))

dl_tensor *dl_gelu_tanh(dl_tensor *x)
{
    return dl__apply1(&dl__op_gelu_tanh, x, NULL);
}
