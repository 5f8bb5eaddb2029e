#include "support/extreme_check.h"

EXTREME_PLACE_TEST(argmin, EXTREME_LEAST)
