/* (x + 3) / 6 cut to [0, 1], as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(hardsigmoid)
