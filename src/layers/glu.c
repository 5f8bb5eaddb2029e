/* dl_glu, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_AXIS(glu)
