#include "support/extreme_check.h"

EXTREME_OF_TWO_TEST(maximum, EXTREME_GREATEST)
