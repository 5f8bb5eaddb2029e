#include "support/logical_check.h"

LOGICAL_OVER_TEST(all, 0, 0, 1, 1)
