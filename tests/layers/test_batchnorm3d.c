#include "batchnorm_check.h"

BATCHNORM_TEST(batchnorm3d, 5, "[N, C, D, H, W]")
