#include "layer_check.h"

LAYER_TEST(tanh, dl_layer_tanh(ctx), dl_tanh(x))
