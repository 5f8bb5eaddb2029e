#include "support/extreme_check.h"

EXTREME_OF_TWO_TEST(minimum, EXTREME_LEAST)
