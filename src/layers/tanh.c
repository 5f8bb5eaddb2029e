/* The hyperbolic tangent, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(tanh)
