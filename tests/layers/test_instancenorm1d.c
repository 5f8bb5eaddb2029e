#include "spatial_layers.h"

INSTANCENORM_TEST(instancenorm1d, 3, "[N, C, L]")
