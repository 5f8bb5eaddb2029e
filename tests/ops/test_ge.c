#include "support/compare_check.h"

COMPARE_TEST(ge, .equal = 1, .greater = 1)
