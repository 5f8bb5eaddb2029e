/* log(1 / (1 + e^-x)) = min(x, 0) - log(1 + e^-|x|), so that neither tail overflows. */
#include "ops/unary.h"

DL__UNARY(logsigmoid, DL__MIN(x, 0) - DL__LOG1P(DL__EXP(-DL__FABS(x))), DL__SIGMOID(-x),
          -DL__SIGMOID(x) * DL__SIGMOID(-x))

dl_tensor *dl_logsigmoid(dl_tensor *x)
{
    return dl__apply1(&dl__op_logsigmoid, x, NULL);
}
