/* Averages at a given number of places as layers. */
#include "layers/pooling.h"

DL__LAYER_OF_SIZES(adaptive_avgpool, 1)
DL__LAYER_OF_SIZES(adaptive_avgpool, 2)
DL__LAYER_OF_SIZES(adaptive_avgpool, 3)
