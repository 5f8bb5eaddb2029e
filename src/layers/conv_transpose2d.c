#include "layers/conv.h"

DL__CONV_LAYER(conv_transpose2d, 2, 1, dl__conv_layer_cost_transposed)
