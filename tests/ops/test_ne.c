#include "support/compare_check.h"

COMPARE_TEST(ne, .less = 1, .greater = 1, .unordered = 1)
