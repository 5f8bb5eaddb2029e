#include "layers/conv.h"

DL__CONV_LAYER(conv_transpose1d, 1, 1, dl__conv_layer_cost_transposed)
