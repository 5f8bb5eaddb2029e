#include "support/compare_check.h"

COMPARE_TEST(gt, .greater = 1)
