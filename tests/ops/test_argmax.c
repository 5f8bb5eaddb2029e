#include "support/extreme_check.h"

EXTREME_PLACE_TEST(argmax, EXTREME_GREATEST)
