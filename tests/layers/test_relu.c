#include "layer_check.h"

LAYER_TEST(relu, dl_layer_relu(ctx), dl_relu(x))
