#include "layer_check.h"

LAYER_TEST(hardsigmoid, dl_layer_hardsigmoid(ctx), dl_hardsigmoid(x))
