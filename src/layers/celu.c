/* dl_celu, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_NUMBER(celu, alpha)
