#include "spatial_layers.h"

CHANNEL_DROPOUT_TEST(dropout1d, 3, "[N, C, L]")
