#include "layer_check.h"

LAYER_TEST(logsigmoid, dl_layer_logsigmoid(ctx), dl_logsigmoid(x))
