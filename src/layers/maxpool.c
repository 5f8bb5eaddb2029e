/* Maxima over windows as layers. */
#include "layers/pooling.h"

DL__LAYER_OF_WINDOWS(maxpool, 1)
DL__LAYER_OF_WINDOWS(maxpool, 2)
DL__LAYER_OF_WINDOWS(maxpool, 3)
