/* x hardsigmoid(x), as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(hardswish)
