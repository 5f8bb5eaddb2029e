/* The maximum of each channel as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(global_maxpool)
