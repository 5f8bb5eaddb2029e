/* 1.0507.. elu(x, 1.6732..), as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(selu)
