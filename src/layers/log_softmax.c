/* dl_log_softmax, as a layer. */
#include "layers/activation.h"

DL__LAYER_OF_AXIS(log_softmax)
