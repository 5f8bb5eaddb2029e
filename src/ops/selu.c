/* elu with alpha and a scale such that mean 0 and variance 1 are a fixed point of deep nets. */
#include "ops/unary.h"

/* The numbers of Klambauer et al.; ALPHA has the scale in it. */
#define SCALE (real)1.0507009873554804934193349852946
#define ALPHA (real)(1.0507009873554804934193349852946 * 1.6732632423543772848170429916717)

DL__UNARY(selu, x > 0 ? SCALE * x : ALPHA * DL__EXPM1(x), x > 0 ? SCALE : ALPHA * DL__EXP(x),
          x > 0 ? 0 : ALPHA * DL__EXP(x))

dl_tensor *dl_selu(dl_tensor *x)
{
    return dl__apply1(&dl__op_selu, x, NULL);
}
