#include "layers/conv.h"

DL__CONV_LAYER(conv1d, 1, 0, dl__conv_layer_cost)
