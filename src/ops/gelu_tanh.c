/* x (1 + tanh(v / 2)) / 2 = x sigmoid(v), v = 2 sqrt(2 / pi) (x + 0.044715 x^3): the sigmoid keeps
 * the lower tail. With s = sigmoid: f' = s + x s' v', f'' = 2 s' v' + x (s'' v'^2 + s' v''). Beyond
 * FAR s is 0 or 1 and s' 0, and so are the products, at infinities too. */
#include "ops/unary.h"

#define FAR (real)30
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)
#define K (real)1.5957691216057307117597842397375 /* 2 sqrt(2 / pi) */
#define CUBE (real)0.044715
#define V(x) (K * ((x) + CUBE * (x) * (x) * (x)))
#define V1(x) (K * (1 + 3 * CUBE * (x) * (x)))
#define V2(x) (6 * K * CUBE * (x))
#define S(x) DL__SIGMOID(V(x))
#define S1(x) (DL__SIGMOID(V(x)) * DL__SIGMOID(-V(x)))
#define SLOPE(x) (S(x) + (x)*S1(x) * V1(x))
#define CURVE(x) (S1(x) * (2 * V1(x) + (x) * ((DL__SIGMOID(-V(x)) - S(x)) * V1(x) * V1(x) + V2(x))))

DL__UNARY(gelu_tanh, DL__MAX(x, -FAR) * S(NEAR(x)), SLOPE(NEAR(x)), CURVE(NEAR(x)))

dl_tensor *dl_gelu_tanh(dl_tensor *x)
{
    return dl__apply1(&dl__op_gelu_tanh, x, NULL);
}
