/* 1 / (1 + exp(-x)), as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(sigmoid)
