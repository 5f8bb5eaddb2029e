/* x / (1 + |x|). From FAR on that is 1, at inf too. */
#include "ops/unary.h"

#define FAR (real)0x1p60

DL__UNARY(softsign, DL__COPYSIGN(DL__MIN(DL__FABS(x), FAR) / (1 + DL__MIN(DL__FABS(x), FAR)), x),
          1 / (1 + DL__FABS(x)) / (1 + DL__FABS(x)),
          (x > 0   ? -2
           : x < 0 ? 2
                   : x) /
              (1 + DL__FABS(x)) / (1 + DL__FABS(x)) / (1 + DL__FABS(x)))

dl_tensor *dl_softsign(dl_tensor *x)
{
    return dl__apply1(&dl__op_softsign, x, NULL);
}
