#include "layer_check.h"

LAYER_AXIS_TEST(log_softmax, dl_layer_log_softmax, dl_log_softmax)
