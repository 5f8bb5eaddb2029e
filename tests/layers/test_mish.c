#include "layer_check.h"

LAYER_TEST(mish, dl_layer_mish(ctx), dl_mish(x))
