#include "spatial_layers.h"

INSTANCENORM_TEST(instancenorm2d, 4, "[N, C, H, W]")
