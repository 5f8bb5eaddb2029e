/* x cut to [0, 6], as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(relu6)
