#include "support/logical_check.h"

LOGICAL_TEST(logical_or, 0, 1, 1)
