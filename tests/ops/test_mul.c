#include "support/arithmetic_check.h"

ARITHMETIC_TEST(mul)
