#include "support/extreme_check.h"

EXTREME_ALONG_TEST(min_along, min, argmin, EXTREME_LEAST)
