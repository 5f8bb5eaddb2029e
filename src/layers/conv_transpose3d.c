#include "layers/conv.h"

DL__CONV_LAYER(conv_transpose3d, 3, 1, dl__conv_layer_cost_transposed)
