#include "support/unary_check.h"

UNARY_TEST(expm1, dl_expm1(x), -2, 2)

static const unary_fact facts[] = {
    {0, 0, 1, 1},
    {-0.0, -0.0, 1, 1},
    {1e-20, 1e-20, 1, 1},
    {-INFINITY, -1, 0, 0},
    {INFINITY, INFINITY, INFINITY, INFINITY},
    {-1000, -1, 0, 0},
    {1000, INFINITY, INFINITY, INFINITY},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 1.5, .slope_ulps = 1,
                                      .flags = UNARY_UNBOUNDED};
    return unary_main(&test, &check, NULL, 0);
}
