#include "spatial_layers.h"

CHANNEL_DROPOUT_TEST(dropout3d, 5, "[N, C, D, H, W]")
