#include "layer_check.h"

LAYER_AXIS_TEST(glu, dl_layer_glu, dl_glu)
