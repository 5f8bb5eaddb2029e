#include "layer_check.h"

LAYER_AXIS_TEST(softmax, dl_layer_softmax, dl_softmax)
