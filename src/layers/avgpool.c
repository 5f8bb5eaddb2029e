/* Averages over windows as layers. */
#include "layers/pooling.h"

DL__LAYER_OF_WINDOWS(avgpool, 1)
DL__LAYER_OF_WINDOWS(avgpool, 2)
DL__LAYER_OF_WINDOWS(avgpool, 3)
