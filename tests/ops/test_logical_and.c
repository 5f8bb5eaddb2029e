#include "support/logical_check.h"

LOGICAL_TEST(logical_and, 0, 0, 1)
