#include "layer_check.h"

LAYER_TEST(selu, dl_layer_selu(ctx), dl_selu(x))
