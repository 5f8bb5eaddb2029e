#include "layer_check.h"

LAYER_TEST(hardswish, dl_layer_hardswish(ctx), dl_hardswish(x))
