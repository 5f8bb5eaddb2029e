#include "support/unary_check.h"

UNARY_TEST(rsqrt, dl_rsqrt(x), 0.4, 3)

static const unary_fact facts[] = {
    {4, 0.5, -0.0625, 3.0 / 128},
    {0, INFINITY, -INFINITY, INFINITY},
    {INFINITY, 0, -0.0, 0},
    {-1, NAN, NAN, NAN},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts),      .ulps = 1.5,
                                      .slope_ulps = 2, .flags = UNARY_UNBOUNDED, .low = 0.001,
                                      .high = 60};
    return unary_main(&test, &check, NULL, 0);
}
