#include "layer_check.h"

LAYER_TEST(sigmoid, dl_layer_sigmoid(ctx), dl_sigmoid(x))
