/* Maxima at a given number of places as layers. */
#include "layers/pooling.h"

DL__LAYER_OF_SIZES(adaptive_maxpool, 1)
DL__LAYER_OF_SIZES(adaptive_maxpool, 2)
DL__LAYER_OF_SIZES(adaptive_maxpool, 3)
