#include "batchnorm_check.h"

BATCHNORM_TEST(batchnorm2d, 4, "[N, C, H, W]")
