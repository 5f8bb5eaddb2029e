/* x sigmoid(x). Below FAR the sigmoid is 0, and so is the product, at -inf too. */
#include "ops/unary.h"

#define FAR (real)800
#define NEAR(x) DL__MAX(DL__MIN(x, FAR), -FAR)
/* The derivative of sigmoid; 1 - sigmoid(x) would lose the tail. */
#define SLOPE(x) (DL__SIGMOID(x) * DL__SIGMOID(-x))

DL__UNARY(silu, DL__MAX(x, -FAR) * DL__SIGMOID(x), DL__SIGMOID(x) + NEAR(x) * SLOPE(x),
          SLOPE(x) * (2 + NEAR(x) * (DL__SIGMOID(-x) - DL__SIGMOID(x))))

dl_tensor *dl_silu(dl_tensor *x)
{
    return dl__apply1(&dl__op_silu, x, NULL);
}
