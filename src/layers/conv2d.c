#include "layers/conv.h"

DL__CONV_LAYER(conv2d, 2, 0, dl__conv_layer_cost)
