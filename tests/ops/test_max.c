#include "support/extreme_check.h"

EXTREME_OVER_TEST(max, EXTREME_GREATEST)
