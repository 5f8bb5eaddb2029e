#include "support/unary_check.h"

UNARY_TEST(reciprocal, dl_reciprocal(x), 0.4, 2)

static const unary_fact facts[] = {
    {2, 0.5, -0.25, 0.25},  {-2, -0.5, -0.25, -0.25},      {0, INFINITY, -INFINITY, INFINITY},
    {INFINITY, 0, -0.0, 0}, {-INFINITY, -0.0, -0.0, -0.0},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts),      .ulps = 0.5,
                                      .slope_ulps = 2, .flags = UNARY_UNBOUNDED, .low = 0.001,
                                      .high = 60};
    return unary_main(&test, &check, NULL, 0);
}
