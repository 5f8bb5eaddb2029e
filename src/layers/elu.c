/* dl_elu, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_NUMBER(elu, alpha)
