/* x tanh(log(1 + e^x)), as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(mish)
