#include "support/unary_check.h"

UNARY_TEST(log1p, dl_log1p(x), -0.7, 3)

static const unary_fact facts[] = {
    {0, 0, 1, -1},
    {-0.0, -0.0, 1, -1},
    {1e-20, 1e-20, 1, -1},
    {-1, -INFINITY, INFINITY, -INFINITY},
    {INFINITY, INFINITY, 0, -0.0},
    {-2, NAN, -1, -1},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts),      .ulps = 1.5,
                                      .slope_ulps = 2, .flags = UNARY_UNBOUNDED, .low = -0.999,
                                      .high = 40};
    return unary_main(&test, &check, NULL, 0);
}
