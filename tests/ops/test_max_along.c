#include "support/extreme_check.h"

EXTREME_ALONG_TEST(max_along, max, argmax, EXTREME_GREATEST)
