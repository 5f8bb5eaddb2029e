#include "spatial_layers.h"

CHANNEL_DROPOUT_TEST(dropout2d, 4, "[N, C, H, W]")
