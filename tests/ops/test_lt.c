#include "support/compare_check.h"

COMPARE_TEST(lt, .less = 1)
