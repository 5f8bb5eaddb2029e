#include "support/extreme_check.h"

EXTREME_OVER_TEST(min, EXTREME_LEAST)
