#include "support/compare_check.h"

COMPARE_TEST(le, .less = 1, .equal = 1)
