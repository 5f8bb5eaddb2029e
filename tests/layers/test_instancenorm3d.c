#include "spatial_layers.h"

INSTANCENORM_TEST(instancenorm3d, 5, "[N, C, D, H, W]")
