/* max(x, 0), as a layer. */
#include "layers/activation.h"

DL__LAYER_OF(relu)
