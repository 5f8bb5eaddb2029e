#include "support/logical_check.h"

LOGICAL_OVER_TEST(any, 0, 1, 1, 0)
