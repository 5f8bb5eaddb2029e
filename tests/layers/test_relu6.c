#include "layer_check.h"

LAYER_TEST(relu6, dl_layer_relu6(ctx), dl_relu6(x))
