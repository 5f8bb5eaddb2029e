/* dl_softplus, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_NUMBERS(softplus, beta, threshold)
