#include "layer_check.h"

LAYER_TEST(silu, dl_layer_silu(ctx), dl_silu(x))
