/* dl_leaky_relu, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_NUMBER(leaky_relu, slope)
