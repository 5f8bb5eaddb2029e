#include "layers/conv.h"

DL__CONV_LAYER(conv3d, 3, 0, dl__conv_layer_cost)
