#include "support/compare_check.h"

COMPARE_TEST(eq, .equal = 1)
