/* dl_hardtanh, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_NUMBERS(hardtanh, low, high)
