#include "support/unary_check.h"

UNARY_TEST(round, dl_round(x), 0.1, 0.4)

static const unary_fact facts[] = {
    {-2.5, -2, 0, 0},
    {2.5, 2, 0, 0},
    {3.5, 4, 0, 0},
    {0.5, 0, 0, 0},
    {-INFINITY, -INFINITY, 0, 0},
    {INFINITY, INFINITY, 0, 0},
    {0x1p60, 0x1p60, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
